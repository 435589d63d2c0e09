import type { MemberId } from './messages.ts'

/** Pings to one candidate before it is given up. */
const TRIES_MAX = 3
/** Members that everyone may want to verify at once: each waits its share, so that the candidate is not flooded. */
const VERIFICATIONS_PER_SECOND = 200
const RETRY_MS = 1_000
/** Candidates that wait for proof. More are forgotten: digests bring them again. */
const CANDIDATES_MAX = 4_096

interface Waiting {
  dueMs: number
  tries: number
}

/** Members of whom we have heard only from others, waiting for a direct answer. */
export class Candidates {
  readonly #waiting = new Map<MemberId, Waiting>()
  #nextMs = Infinity

  /** @param fraction a random number in [0, 1). */
  add(id: MemberId, members: number, nowMs: number, fraction: number): boolean {
    if (this.#waiting.has(id)) return true
    if (this.#waiting.size >= CANDIDATES_MAX) return false
    const dueMs = nowMs + (fraction * members * 1_000) / VERIFICATIONS_PER_SECOND
    this.#waiting.set(id, { dueMs, tries: 0 })
    this.#nextMs = Math.min(this.#nextMs, dueMs)
    return true
  }

  remove(id: MemberId): void {
    this.#waiting.delete(id)
  }

  get nextMs(): number {
    return this.#waiting.size === 0 ? Infinity : this.#nextMs
  }

  /** Whom to ping now, and who never answered and is given up. */
  due(nowMs: number): { readonly ping: readonly MemberId[]; readonly lost: readonly MemberId[] } {
    const ping: MemberId[] = []
    const lost: MemberId[] = []
    this.#nextMs = Infinity
    for (const [id, waiting] of this.#waiting) {
      if (waiting.dueMs <= nowMs) {
        if (waiting.tries >= TRIES_MAX) {
          this.#waiting.delete(id)
          lost.push(id)
          continue
        }
        waiting.tries++
        waiting.dueMs = nowMs + RETRY_MS
        ping.push(id)
      }
      this.#nextMs = Math.min(this.#nextMs, waiting.dueMs)
    }
    return { ping, lost }
  }
}
