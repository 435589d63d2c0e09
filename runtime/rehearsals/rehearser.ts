import type { RehearsalOutcome } from './rehearsal-outcome.ts'
import type { RehearsalSpec } from './rehearsal-spec.ts'

export interface PlayOptions {
  /** Ends it early: what was played so far has been told. */
  readonly signal: AbortSignal
  /** Told of each seed that was played, in no particular order. */
  onOutcome(outcome: RehearsalOutcome): void
}

/**
 * Plays a specification under seeds, off the thread that asks. Resolves when all are played or the signal was
 * given; rejects with `KONOR_REHEARSAL_WORKER` when one could not be played.
 */
export interface Rehearser {
  play(spec: RehearsalSpec, seeds: readonly number[], options: PlayOptions): Promise<void>
}
