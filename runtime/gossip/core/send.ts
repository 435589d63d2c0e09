import { DATAGRAM_BYTES_MAX, DATAGRAM_SPARE_BYTES } from './message-bounds.ts'
import { messageSizeBytes } from './message-size.ts'
import type { AckMessage, GossipMessage, MemberAddress, MemberId, Message } from './messages.ts'
import type { PingMessage, PingRequestMessage, Update } from './messages.ts'
import { toUpdate } from './member-record.ts'
import type { MemberState } from './member-state.ts'
import { retransmitLimit } from './scale.ts'

/** Messages with room for news. */
type Carrier = PingMessage | AckMessage | PingRequestMessage | GossipMessage

/** Bytes that the head of the list may grow by when it is filled. */
const LIST_HEAD_GROWTH_BYTES = 2

export function sendDatagram(state: MemberState, to: MemberAddress, message: Message): void {
  if (to !== '') state.outputs.push({ kind: 'datagram', to, message })
}

/**
 * Sends a message to a member and fills it with news. What is said of the receiver itself goes first (Lifeguard's
 * buddy system): a suspect hears of it from everyone who speaks with it.
 */
export function sendWithNews(
  state: MemberState,
  to: MemberAddress,
  receiverId: MemberId | undefined,
  carrier: Carrier,
): void {
  const accusation = receiverId === undefined ? undefined : accusationOf(state, receiverId)
  const pinned = accusation === undefined ? carrier.updates : [...carrier.updates, accusation]
  const news = takeNews(state, { ...carrier, updates: pinned }, accusation?.id)
  sendDatagram(state, to, { ...carrier, updates: news.length === 0 ? pinned : [...pinned, ...news] })
}

/** News that still fits into the message. */
function takeNews(state: MemberState, carrier: Carrier, except: MemberId | undefined): readonly Update[] {
  if (state.queue.size === 0) return []
  const reservedBytes = DATAGRAM_SPARE_BYTES + LIST_HEAD_GROWTH_BYTES
  const roomBytes = DATAGRAM_BYTES_MAX - reservedBytes - messageSizeBytes(carrier)
  return state.queue.take(roomBytes, retransmitLimit(state.config, state.table.live), {
    except: except ?? '',
  })
}

/** What we would hold against a member, if anything. */
export function accusationOf(state: MemberState, id: MemberId): Update | undefined {
  const record = state.table.get(id)
  return record === undefined || record.status === 'alive' ? undefined : toUpdate(record)
}

/** Tells a member what we hold about it, so that it can object; at most once in a period. */
export function remind(state: MemberState, id: MemberId, to: MemberAddress): void {
  const record = state.table.get(id)
  const update = record === undefined ? undefined : toUpdate(record)
  if (update === undefined) return
  if (!state.notices.mayRepeat(`remind/${id}`, state.nowMs, state.config.probeIntervalMs)) return
  sendDatagram(state, to, { kind: 'gossip', updates: [update] })
}
