import type { KonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import type { Journal, JournalRecord } from './journal.ts'

/**
 * A journal on a log that several centrals share. One of them leads and appends; the others fold what it appended, and
 * one of these claims the next epoch when the leader falls silent. Who leads is decided by the log alone: it
 * refuses what a deposed leader appends (`KONOR_JOURNAL_CONFLICT`). Beats and silence only say when a claim is worth
 * trying.
 */
export interface SharedJournal extends Journal {
  /**
   * Tells every record from `fromSeq` on, in order, gapless and verified, each once, until the returned function is
   * called; and the beats of leaders, as they come, one's own as well: who hears neither is cut off from the log.
   */
  follow(fromSeq: number, follower: JournalFollower): () => void
  /** Tells followers that the leader of `epoch` lives. Nothing is kept; it may be lost, and proves nothing. */
  beat(epoch: number): Promise<void>
}

export interface JournalFollower {
  onRecord(record: JournalRecord): void
  onBeat(epoch: number): void
  /** The chain does not hold (`KONOR_JOURNAL_CORRUPT`), or the log cannot be followed any more; nothing comes after. */
  onBroken(error: KonorError): void
}
