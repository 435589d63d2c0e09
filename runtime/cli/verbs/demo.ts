import process from 'node:process'
import type { Command } from 'commander'
import { openSession } from '../session.ts'
import { teach } from '../teach.ts'

export function declareDemo(program: Command): void {
  const verb = program
    .command('demo')
    .summary('a whole small cluster on this machine')
    .description(
      'Starts a central, three agents and six sample processes on loopback, rolls a change and a bad one, and goes on ' +
        'until Ctrl-C. All data is temporary.',
    )
    .option('--once', 'end after the story: exit 0 when it went as it should')
    .action(async (options: { readonly once?: boolean }, command: Command) => {
      const { io } = await openSession(command)
      const { runDemo } = await import('../demo/run-demo.ts')
      await runDemo({ io, once: options.once === true, interrupted: interruption() })
    })
  teach(verb, {
    examples: [
      ['konor demo', 'look at a rollout, then play with it from another terminal'],
      ['konor demo --once', 'the same as a check, without waiting'],
    ],
    next: 'konor up, with a data directory that stays.',
  })
}

/** Resolves at the first Ctrl-C or SIGTERM; a second one ends the process at once. */
function interruption(): Promise<void> {
  return new Promise(resolve => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => {
        resolve()
        process.once(signal, () => process.exit(130))
      })
    }
  })
}
