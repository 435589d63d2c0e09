import process from 'node:process'
import type { Command } from 'commander'
import type { EventView } from '../../engine/views.ts'
import { nodeClock } from '../../ports/node/node-clock.ts'
import { followEvents } from '../client/follow-events.ts'
import type { StreamedEvent } from '../client/read-event-stream.ts'
import { openSession, type Session } from '../session.ts'
import { teach } from '../teach.ts'

export function declareWatch(program: Command): void {
  const verb = program
    .command('watch')
    .summary('events as they happen')
    .description(
      'Prints public events as they happen, a line each, until Ctrl-C. Lost connections lose nothing.',
    )
    .argument('[group]', 'only events of this group')
    .option('--since <id>', 'begin after this event: TIMELINE-SEQ.K')
    .action(async (group: string | undefined, options: { readonly since?: string }, command: Command) => {
      const session = await openSession(command)
      const stopped = new AbortController()
      // A group that is not there has no events: better said at once than waited for.
      if (group !== undefined) await session.client().get(`/api/v1/groups/${encodeURIComponent(group)}`)
      if (session.settings.durationMs('timeout') !== undefined)
        nodeClock.startTimer(session.followTimeoutMs, () => stopped.abort())
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopped.abort())
      const events = followEvents(session.client(), {
        group,
        since: options.since,
        signal: stopped.signal,
        io: session.io,
      })
      for await (const event of events) session.io.out(`${lineOf(session, event)}\n`)
    })
  teach(verb, {
    examples: [
      ['konor watch payments-prod', 'one group'],
      ['konor watch -o jsonl | jq .type', 'as data'],
    ],
    next: 'konor describe KIND NAME for what an event names.',
  })
}

function lineOf({ format, io }: Session, { event, data }: StreamedEvent): string {
  if (format !== 'table' && format !== 'wide') return data
  if (event === 'reset') return io.paint('yellow', 'history before this point is not there any more; now:')
  const view = JSON.parse(data) as EventView
  const details = Object.entries(view.data).map(([key, value]) => `${key}=${JSON.stringify(value)}`)
  return [io.paint('dim', view.at), view.address, io.paint('cyan', view.type), ...details].join('  ')
}
