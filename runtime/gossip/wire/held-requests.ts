import type { MemberAddress, Message } from '../core/messages.ts'
import { HELD_REQUEST_LIFETIME_MS, HELD_REQUEST_SENDS_MAX, HELD_REQUESTS_MAX } from './wire-limits.ts'

interface Held {
  readonly message: Message
  readonly atMs: number
  sends: number
}

/**
 * The newest ping or join that went to each address. A peer that does not know our session drops it and asks who we
 * are; when that is settled the request is sent again, so that a first meeting costs no failed probe.
 */
export class HeldRequests {
  /** In the order in which they were sent. */
  readonly #held = new Map<MemberAddress, Held>()

  get size(): number {
    return this.#held.size
  }

  note(message: Message, to: MemberAddress, nowMs: number): void {
    if (message.kind !== 'ping' && message.kind !== 'join') return
    this.#held.delete(to)
    this.#held.set(to, { message, atMs: nowMs, sends: 0 })
    const eldest = this.#held.keys().next()
    if (this.#held.size > HELD_REQUESTS_MAX && eldest.done !== true) this.#held.delete(eldest.value)
  }

  /** What is still worth sending again to this address. */
  take(address: MemberAddress, nowMs: number): Message | undefined {
    const held = this.#held.get(address)
    if (held === undefined) return undefined
    if (nowMs - held.atMs <= HELD_REQUEST_LIFETIME_MS && held.sends++ < HELD_REQUEST_SENDS_MAX)
      return held.message
    this.#held.delete(address)
    return undefined
  }
}
