import type { MemberAddress, MemberId } from './messages.ts'

/** Pings on behalf of others that run at once; more requests go unanswered, which costs their senders a nack. */
export const HELPER_PINGS_MAX = 256

export interface HelperPing {
  readonly requester: MemberAddress
  readonly requesterSeq: number
  readonly targetId: MemberId
  /** When the requester is told that we are well and heard nothing. */
  readonly nackAtMs: number
  /** A late answer is still worth relaying until then. */
  readonly expiresAtMs: number
  nacked: boolean
}

/** What this member asks others on behalf of third ones, by its own sequence number. */
export class HelperPings {
  readonly #bySeq = new Map<number, HelperPing>()

  /** False when there are too many. */
  add(seq: number, ping: HelperPing): boolean {
    if (this.#bySeq.size >= HELPER_PINGS_MAX) return false
    this.#bySeq.set(seq, ping)
    return true
  }

  /** The ping that this answers, once. */
  take(seq: number): HelperPing | undefined {
    const ping = this.#bySeq.get(seq)
    this.#bySeq.delete(seq)
    return ping
  }

  clear(): void {
    this.#bySeq.clear()
  }

  get nextMs(): number {
    let nextMs = Infinity
    for (const { nacked, nackAtMs, expiresAtMs } of this.#bySeq.values())
      nextMs = Math.min(nextMs, nacked ? expiresAtMs : nackAtMs)
    return nextMs
  }

  /** Those whose requesters are owed a nack; forgets what has expired. */
  due(nowMs: number): HelperPing[] {
    const owed: HelperPing[] = []
    for (const [seq, ping] of this.#bySeq) {
      if (ping.expiresAtMs <= nowMs) this.#bySeq.delete(seq)
      else if (!ping.nacked && ping.nackAtMs <= nowMs) {
        ping.nacked = true
        owed.push(ping)
      }
    }
    return owed
  }
}
