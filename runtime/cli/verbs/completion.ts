import type { Command } from 'commander'
import { renderCompletion, SHELLS } from '../completion/render-completion.ts'
import { rootOf } from '../root-of.ts'
import { teach } from '../teach.ts'
import { openSession } from '../session.ts'
import { KonorError } from '../../../actors/vocabulary/errors/konor-error.ts'

export function declareCompletion(program: Command): void {
  const verb = program
    .command('completion')
    .summary('completion for a shell')
    .description('Prints a script that completes verbs and flags, made from the verbs that this program has.')
    .argument('<shell>', SHELLS.join(' | '))
    .action(async (shell: string, _options: object, command: Command) => {
      const { io } = await openSession(command)
      const known = SHELLS.find(name => name === shell)
      if (known === undefined)
        throw new KonorError(
          'KONOR_CLI_USAGE',
          `there is no completion for ${shell}; expected ${SHELLS.join(', ')}`,
        )
      io.out(renderCompletion(rootOf(command), known))
    })
  teach(verb, {
    examples: [
      ['source <(konor completion bash)', 'in ~/.bashrc'],
      ['konor completion zsh > "${fpath[1]}/_konor"', 'for zsh'],
      ['konor completion fish > ~/.config/fish/completions/konor.fish', 'for fish'],
    ],
    next: 'konor <TAB>.',
  })
}
