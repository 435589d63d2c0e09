import type { ActorRecord } from '../kernel/actor-record.ts'
import type { CancelTimer, Clock } from '../ports/clock.ts'
import { DeadlineQueue, type Due } from './deadline-queue.ts'
import type { JournalClock } from './journal-clock.ts'

/** How long a due deadline waits that the journal or the queue refused. */
export const DEADLINE_RETRY_MS = 1_000

export interface DeadlineTimerOptions {
  readonly clock: Clock
  readonly time: JournalClock
  /** Nothing fires before this much has passed: the world must first be able to answer. */
  readonly holdMs: number
  /** Deadlines handed over at once. */
  readonly most: number
  onDue(due: readonly Due[]): void
}

/** Arms one timer of the host for the earliest of all journaled deadlines. */
export class DeadlineTimer {
  readonly #options: DeadlineTimerOptions
  readonly #queue = new DeadlineQueue()
  #holding = true
  #cancel: CancelTimer

  constructor(options: DeadlineTimerOptions) {
    this.#options = options
    this.#cancel = options.clock.startTimer(options.holdMs, () => {
      this.#holding = false
      this.arm()
    })
  }

  note(record: ActorRecord): void {
    this.#queue.note(record)
  }

  /** After deadlines were noted: waits for the earliest. */
  arm(): void {
    const { nextMs } = this.#queue
    if (this.#holding || nextMs === undefined) return
    const { clock, time } = this.#options
    this.#cancel()
    this.#cancel = clock.startTimer(Math.max(0, nextMs - time.nowMs()), () => this.#fire())
  }

  /** A deadline that was handed over could not be folded: it is still due. */
  retryLater(due: Due): void {
    this.#queue.putBack(due, this.#options.time.nowMs() + DEADLINE_RETRY_MS)
    this.arm()
  }

  stop(): void {
    this.#holding = true
    this.#cancel()
  }

  #fire(): void {
    const { time, most, onDue } = this.#options
    onDue(this.#queue.take(time.nowMs(), most))
    this.arm()
  }
}
