import type { Clock } from '../ports/clock.ts'

/**
 * Journal time: the last record's time plus what the leader saw pass since it began. It stands still while no leader
 * observes, so a bake time that a crash interrupts goes on where it was and is never over at once after a restart.
 */
export class JournalClock {
  readonly #clock: Clock
  readonly #baseMs: number
  readonly #startedMs: number
  #lastMs: number

  constructor(clock: Clock, lastRecordMs: number) {
    this.#clock = clock
    this.#baseMs = lastRecordMs
    this.#startedMs = clock.monotonicMs()
    this.#lastMs = lastRecordMs
  }

  /** Whole milliseconds, never decreasing. */
  nowMs(): number {
    const elapsedMs = Math.floor(this.#clock.monotonicMs() - this.#startedMs)
    this.#lastMs = Math.max(this.#lastMs, this.#baseMs + elapsedMs)
    return this.#lastMs
  }
}
