import { DATAGRAM_BYTES_MAX, DATAGRAM_SPARE_BYTES } from './message-bounds.ts'
import { isLive, type MemberRecord } from './member-record.ts'
import type { MemberState } from './member-state.ts'
import { messageSizeBytes } from './message-size.ts'
import { pickMembers } from './pick-members.ts'
import { retransmitLimit } from './scale.ts'
import { sendDatagram } from './send.ts'

/** Bytes for updates in a datagram that carries nothing else, with the longest head of a list. */
const NEWS_ROOM_BYTES =
  DATAGRAM_BYTES_MAX - DATAGRAM_SPARE_BYTES - messageSizeBytes({ kind: 'gossip', updates: [] }) - 2

/**
 * Tells a few members at random what is still to be told.
 *
 * @param unsentOnly is the early round: what was never sent, once, out of the same budget.
 */
export function gossipRound(state: MemberState, unsentOnly: boolean): void {
  const { config, log, queue, table } = state
  if (queue.size === 0 && !log.hasWaiting) return
  const limit = retransmitLimit(config, table.live)
  const receivers = pickMembers(state, config.fanout, record => hears(state, record))
  if (unsentOnly) return forward(state, receivers, limit)
  for (const { address } of receivers) {
    const updates = queue.take(NEWS_ROOM_BYTES, limit)
    if (updates.length > 0) sendDatagram(state, address, { kind: 'gossip', updates })
    const event = log.take(limit)
    if (event !== undefined) sendDatagram(state, address, event)
  }
}

/** All receivers of an early round hear the same: what is sent to the first is no longer unsent for the second. */
function forward(state: MemberState, receivers: readonly MemberRecord[], limit: number): void {
  const [first, ...others] = receivers
  if (first === undefined) return
  const updates = state.queue.take(NEWS_ROOM_BYTES, limit, { unsentOnly: true })
  if (updates.length === 0) return
  sendDatagram(state, first.address, { kind: 'gossip', updates })
  for (const { address } of others) {
    const again = state.queue.retake(updates, limit)
    if (again.length > 0) sendDatagram(state, address, { kind: 'gossip', updates: again })
  }
}

/** The living, and for a while the dead: one who is not can only object to what it hears. */
function hears({ config, nowMs }: MemberState, record: MemberRecord): boolean {
  if (isLive(record)) return true
  return record.status === 'dead' && nowMs - record.sinceMs < config.gossipToDeadMs
}
