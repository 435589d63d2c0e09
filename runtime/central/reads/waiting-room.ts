import { KonorError } from '../../../actors/vocabulary/errors/konor-error.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Folded } from '../../engine/leader.ts'
import type { FoldedFeed } from './folded-feed.ts'

/** Readers that may wait at once for a job or an index. */
export const WAITERS_MAX = 10_000

export interface Wait<Result> {
  /**
   * Whether a record may have brought what is waited for. Cheap: every waiting reader is asked for every
   * record.
   */
  concerns(folded: Folded): boolean
  /** The result once it is there; undefined: not yet. A throw ends the waiting. */
  check(): Result | undefined
  /** What the reader gets when `timeoutMs` passed first. */
  onTimeout(): Result
  readonly timeoutMs: number
}

/** Readers that wait for something to become true of the durable state. */
export class WaitingRoom {
  readonly #feed: FoldedFeed
  readonly #clock: Clock
  readonly #waitersMax: number
  #waiting = 0

  constructor(feed: FoldedFeed, clock: Clock, waitersMax = WAITERS_MAX) {
    this.#feed = feed
    this.#clock = clock
    this.#waitersMax = waitersMax
  }

  get waiting(): number {
    return this.#waiting
  }

  /** Rejects with `KONOR_ENGINE_QUEUE_FULL` when too many wait already. */
  async wait<Result>(wait: Wait<Result>): Promise<Result> {
    const now = wait.check()
    if (now !== undefined) return now
    if (wait.timeoutMs <= 0) return wait.onTimeout()
    if (this.#waiting >= this.#waitersMax) throw full(this.#waitersMax)
    this.#waiting++
    try {
      return await this.#settled(wait)
    } finally {
      this.#waiting--
    }
  }

  #settled<Result>(wait: Wait<Result>): Promise<Result> {
    return new Promise((resolve, reject) => {
      const end = (outcome: () => Result | undefined): void => {
        try {
          const result = outcome()
          if (result === undefined) return
          resolve(result)
        } catch (cause) {
          reject(cause)
        }
        leave()
        cancelTimer()
      }
      const leave = this.#feed.subscribe(folded => {
        if (wait.concerns(folded)) end(() => wait.check())
      })
      const cancelTimer = this.#clock.startTimer(wait.timeoutMs, () => end(() => wait.onTimeout()))
    })
  }
}

function full(waitersMax: number): KonorError {
  return new KonorError('KONOR_ENGINE_QUEUE_FULL', `${waitersMax} readers wait already: come back later`, {
    details: { bound: 'WAITERS_MAX', max: waitersMax },
  })
}
