import type { Command } from 'commander'
import { openSession } from '../session.ts'
import { teach } from '../teach.ts'
import { programVersion } from '../program-version.ts'

export function declareVersion(program: Command): void {
  const verb = program
    .command('version')
    .summary('the version of this program')
    .description('Prints the version of this program; it asks no central.')
    .action(async (_options: object, command: Command) => {
      const session = await openSession(command)
      const version = programVersion()
      await session.print({
        data: { version },
        names: [`version/${version}`],
        text: () => `konor ${version}\n`,
      })
    })
  teach(verb, { examples: [['konor version -o json', 'for a script']], next: 'konor get nodes.' })
}
