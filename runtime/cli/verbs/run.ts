import process from 'node:process'
import type { Command } from 'commander'
import { openSession } from '../session.ts'
import { teach } from '../teach.ts'

interface RunOptions {
  readonly group: string
  readonly onChange: string
  readonly file?: string
  readonly socket?: string
  readonly process?: string
}

export function declareRun(program: Command): void {
  const verb = program
    .command('run')
    .summary('run a program with the entries of a group')
    .description(
      'Gives the entries as environment (rate-limit becomes RATE_LIMIT) and puts every change into effect.',
    )
    .argument('<command...>', 'the program and its arguments, after --')
    .requiredOption('--group <name>', 'the group')
    .option(
      '--on-change <what>',
      'restart | signal:NAME | none: what a change does to the program',
      'restart',
    )
    .option('--file <path>', 'also write the entries here: .json, .yaml or .env')
    .option('--socket <path>', "the agent's socket (KONOR_SOCKET)")
    .option('--process <name>', 'what the agent calls the program; the name of the command, unless given')
    .action(async (line: readonly string[], options: RunOptions, command: Command) => {
      await openSession(command)
      const { runCommand } = await import('../../../agent/run/run-command.ts')
      process.exitCode = await runCommand({
        group: options.group,
        command: line,
        onChange: options.onChange,
        ...(options.file === undefined ? {} : { file: options.file }),
        ...(options.socket === undefined ? {} : { socket: options.socket }),
        ...(options.process === undefined ? {} : { process: options.process }),
      })
    })
  teach(verb, {
    examples: [
      ['konor run --group payments-prod -- node server.js', 'restarted at every change'],
      [
        'konor run --group web --on-change signal:HUP --file site.json -- nginx',
        'told by a signal, with a file',
      ],
    ],
    next: 'konor describe group GROUP shows whether the node has applied.',
  })
}
