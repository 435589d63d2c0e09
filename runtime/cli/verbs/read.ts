import process from 'node:process'
import type { Command } from 'commander'
import { openSession } from '../session.ts'
import { teach } from '../teach.ts'

interface ReadOptions {
  readonly socket?: string
  readonly watch?: boolean
}

export function declareRead(program: Command): void {
  const verb = program
    .command('read')
    .summary('what the local agent serves of a group')
    .description('Reads through the socket of the local agent, as processes do; it asks no central.')
    .argument('<group>', 'a group of this node')
    .argument('[key]', 'one key alone: its value as it stands')
    .option('--socket <path>', "the agent's socket (KONOR_SOCKET)")
    .option('--watch', 'print again whenever it changes')
    .action(async (group: string, key: string | undefined, options: ReadOptions, command: Command) => {
      const { format, io } = await openSession(command)
      const { readGroup } = await import('../../../agent/run/read-group.ts')
      const stopped = new AbortController()
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopped.abort())
      process.exitCode = await readGroup({
        group,
        format,
        watch: options.watch === true,
        signal: stopped.signal,
        print: io.out,
        ...(key === undefined ? {} : { key }),
        ...(options.socket === undefined ? {} : { socket: options.socket }),
      })
    })
  teach(verb, {
    examples: [
      ['konor read payments-prod', 'all of it'],
      ['limit=$(konor read payments-prod rate-limit)', 'one value in a script'],
    ],
    next: 'konor run --group GROUP -- COMMAND gives all of it to a program.',
  })
}
