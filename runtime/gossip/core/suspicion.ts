import type { MemberId } from './messages.ts'

export interface SuspicionOptions {
  readonly startedAtMs: number
  readonly minMs: number
  readonly maxMs: number
  /** Accusers beside the first that bring the timeout down to `minMs`; 0 means at once. */
  readonly confirmationsWanted: number
}

/**
 * One suspicion of one incarnation of one member. It begins long, and each further accuser, once each, shortens it on
 * a logarithmic curve (Lifeguard's LHA-Suspicion): max(min, max - (max - min) · ln(C + 1) / ln(K + 1)).
 */
export class Suspicion {
  readonly #options: SuspicionOptions
  readonly #accusers = new Set<MemberId>()
  #shiftMs = 0
  #startedAtMs: number
  /** When the suspect itself was last heard, since the suspicion began. */
  heardAtMs: number | undefined
  /** It was heard and began anew: that much grace there is once. */
  graced = false

  constructor(options: SuspicionOptions) {
    this.#options = options
    this.#startedAtMs = options.startedAtMs
  }

  /** Whether the accuser is news that others should hear: a first or a still wanted one. */
  accuse(accuser: MemberId): boolean {
    if (this.#accusers.has(accuser) || this.#accusers.size > this.#options.confirmationsWanted) return false
    this.#accusers.add(accuser)
    return true
  }

  get timeoutMs(): number {
    const { minMs, maxMs, confirmationsWanted } = this.#options
    if (confirmationsWanted < 1) return minMs
    const confirmations = Math.max(0, this.#accusers.size - 1)
    const fraction = Math.log(confirmations + 1) / Math.log(confirmationsWanted + 1)
    return Math.max(minMs, maxMs - fraction * (maxMs - minMs))
  }

  get deadlineMs(): number {
    return this.#startedAtMs + this.timeoutMs + this.#shiftMs
  }

  get startedAtMs(): number {
    return this.#startedAtMs
  }

  /** Time in which we stood still does not count: the suspect could not be heard. */
  shift(lagMs: number, nowMs: number): void {
    this.#shiftMs += Math.max(0, Math.min(lagMs, nowMs - this.#startedAtMs))
  }

  /** Begins anew: after a sleep, or when the suspect was heard but has not objected yet. */
  restart(nowMs: number): void {
    this.#startedAtMs = nowMs
    this.#shiftMs = 0
    this.heardAtMs = undefined
  }
}
