import type { ResetView } from '../../engine/control.ts'
import type { EventView } from '../../engine/views.ts'

/** Position in the public events: `TIMELINE-SEQ.K`. */
export const EVENT_ID_PATTERN = '^[0-9]{1,15}-[0-9]{1,15}\\.[0-9]{1,15}$'

/** One event as `text/event-stream` writes it. JSON holds no line break, so one `data` line is enough. */
export function eventFrame(event: EventView | ResetView): string {
  if ('reset' in event) {
    const { id, groups, nodes } = event
    return `id: ${id}\nevent: reset\ndata: ${JSON.stringify({ id, groups, nodes })}\n\n`
  }
  return `id: ${event.id}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`
}

/**
 * Breaks a silence. With an id it also moves the reader's position past events that its filter hid: an `id` line
 * without `data` dispatches nothing but is remembered (HTML standard, 9.2.6).
 */
export function heartbeatFrame(passedId: string | undefined): string {
  return passedId === undefined ? ': heartbeat\n\n' : `: heartbeat\nid: ${passedId}\n\n`
}

/** Whether an event concerns a group: its own address, one below it, or one that names it in its data. */
export function concernsGroup(event: EventView, group: string): boolean {
  const [, name] = event.address.split('/', 2)
  const kind = event.address.slice(0, event.address.indexOf('/'))
  return event.data['group'] === group || (name === group && GROUP_KINDS.has(kind))
}

const GROUP_KINDS: ReadonlySet<string> = new Set(['group', 'rollout', 'sub'])
