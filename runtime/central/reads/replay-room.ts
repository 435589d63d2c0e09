import { KonorError } from '../../../actors/vocabulary/errors/konor-error.ts'
import type { Clock } from '../../ports/clock.ts'
import { stateAt } from '../../replay/open-replay.ts'
import type { Pace, Replay, ReplayedJournal } from '../../replay/replay.ts'

/** Replays at once; one more is `KONOR_REPLAY_BUSY`. */
export const REPLAYS_MAX = 2
/** Records that one replay folds at most: a checkpoint is taken every 10,000, and the newest are kept. */
export const REPLAY_RECORDS_MAX = 250_000
/** A replay folds for so long, and then leaves the event loop to the central for as long. */
export const SLICE_MS = 3

/**
 * Replays beside a central that leads: a few at a time, each in slices, so that the fold of a long history neither
 * stalls appends and links nor takes more than half of the processor.
 */
export class ReplayRoom {
  readonly #journal: ReplayedJournal
  readonly #clock: Clock
  #underWay = 0

  constructor(journal: ReplayedJournal, clock: Clock) {
    this.#journal = journal
    this.#clock = clock
  }

  /** The state after record `seq`. Throws as `openReplay`, and `KONOR_REPLAY_BUSY`, `KONOR_REPLAY_STOPPED`. */
  async stateAt(seq: number, signal?: AbortSignal): Promise<Replay> {
    if (this.#underWay >= REPLAYS_MAX) {
      throw new KonorError('KONOR_REPLAY_BUSY', `${REPLAYS_MAX} replays are under way already`, {
        details: { bound: REPLAYS_MAX },
      })
    }
    this.#underWay++
    try {
      return await stateAt(this.#journal, seq, { recordsMax: REPLAY_RECORDS_MAX, pace: this.#slices(signal) })
    } finally {
      this.#underWay--
    }
  }

  #slices(signal: AbortSignal | undefined): Pace {
    const clock = this.#clock
    let since = clock.monotonicMs()
    const rest = async (): Promise<void> => {
      await new Promise<void>(resolve => void clock.startTimer(SLICE_MS, resolve))
      since = clock.monotonicMs()
    }
    return () => {
      if (signal?.aborted === true)
        throw new KonorError('KONOR_REPLAY_STOPPED', 'the replay was stopped before its end')
      return clock.monotonicMs() - since < SLICE_MS ? undefined : rest()
    }
  }
}
