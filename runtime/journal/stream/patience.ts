import { KonorError } from '../../../actors/vocabulary/errors/konor-error.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Random } from '../../ports/random.ts'

/** The longest that one operation goes on trying before it says that it cannot. */
export const PATIENCE_MS = 30_000
const FIRST_PAUSE_MS = 20
const PAUSE_MS_MAX = 2_000

/** Whoever waits between two tries, and how all of them are woken when it closes. */
export class Waits {
  readonly #clock: Clock
  readonly #random: Random
  readonly #wakers = new Set<() => void>()
  #isClosed = false

  constructor(clock: Clock, random: Random) {
    this.#clock = clock
    this.#random = random
  }

  /** Pauses for one operation, which may go on for `forMs`. */
  begin(forMs: number = PATIENCE_MS): Patience {
    return new Patience(this, this.#clock.monotonicMs() + forMs)
  }

  nowMs(): number {
    return this.#clock.monotonicMs()
  }

  fraction(): number {
    return this.#random.fraction()
  }

  /** Every wait ends with `KONOR_JOURNAL_CLOSED`, also those that begin later. */
  close(): void {
    this.#isClosed = true
    for (const wake of this.#wakers) wake()
  }

  async sleep(delayMs: number): Promise<void> {
    if (!this.#isClosed)
      await new Promise<void>(resolve => {
        const wake = (): void => {
          cancel()
          this.#wakers.delete(wake)
          resolve()
        }
        const cancel = this.#clock.startTimer(delayMs, wake)
        this.#wakers.add(wake)
      })
    if (this.#isClosed)
      throw new KonorError(
        'KONOR_JOURNAL_CLOSED',
        'the journal was closed while it waited for its log service',
      )
  }
}

/** Capped exponential pauses with full jitter, until the time of an operation has run out. */
export class Patience {
  readonly #waits: Waits
  readonly #untilMs: number
  #nextMs = FIRST_PAUSE_MS

  constructor(waits: Waits, untilMs: number) {
    this.#waits = waits
    this.#untilMs = untilMs
  }

  /** Pauses before the next try; false, without a pause, when the time has run out. */
  async pause(): Promise<boolean> {
    const leftMs = this.#untilMs - this.#waits.nowMs()
    if (leftMs <= 0) return false
    // A pause of nothing at all would make a busy loop of a service that refuses at once.
    const pauseMs = this.#nextMs * (0.1 + 0.9 * this.#waits.fraction())
    this.#nextMs = Math.min(this.#nextMs * 2, PAUSE_MS_MAX)
    await this.#waits.sleep(Math.min(pauseMs, leftMs))
    return true
  }
}
