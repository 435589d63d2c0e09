import type { Clock } from '../../ports/clock.ts'

/**
 * Time in which this process was able to observe. A timer of ours that fires late says that we stood still (a long
 * computation, a stopped or suspended machine), not that anybody else did: that time does not pass here, and nobody is
 * accused until one `graceMs` of undisturbed time has gone by (after Lifeguard's local health, arXiv 1707.00788).
 */
export class ObservedTime {
  readonly #clock: Clock
  readonly #toleratedLagMs: number
  readonly #graceMs: number
  #stalledMs = 0
  #fairAtMs = 0

  constructor(clock: Clock, options: { readonly toleratedLagMs: number; readonly graceMs: number }) {
    this.#clock = clock
    this.#toleratedLagMs = options.toleratedLagMs
    this.#graceMs = options.graceMs
  }

  nowMs(): number {
    return this.#clock.monotonicMs() - this.#stalledMs
  }

  /** Call from a timer that was due at `dueMs` of the clock: measures how late it is. */
  fired(dueMs: number): void {
    const lagMs = this.#clock.monotonicMs() - dueMs
    if (lagMs <= this.#toleratedLagMs) return
    this.#stalledMs += lagMs
    this.#fairAtMs = this.nowMs() + this.#graceMs
  }

  /** Whether somebody may be accused of silence now. */
  get isFair(): boolean {
    return this.nowMs() >= this.#fairAtMs
  }
}
