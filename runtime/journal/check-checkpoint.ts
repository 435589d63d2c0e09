import { isDigest } from '../../actors/vocabulary/canonical/digest.ts'
import { KonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import { invalid } from './check-append.ts'
import { type Checkpoint, CHECKPOINT_BYTES_MAX, type JournalHead } from './journal.ts'

/** Refuses a checkpoint of a sequence that was never written, without a digest, or beyond its bound. */
export function checkCheckpoint(head: JournalHead, checkpoint: Checkpoint): void {
  const { seq, stateHash, state } = checkpoint
  if (!Number.isSafeInteger(seq) || seq < 1 || seq > head.seq) {
    throw invalid(`a checkpoint of sequence ${seq}: the journal holds 1 to ${head.seq}`)
  }
  if (!isDigest(stateHash))
    throw invalid(`a checkpoint whose state hash is not a digest: ${String(stateHash)}`)
  if (state.length > CHECKPOINT_BYTES_MAX) {
    throw new KonorError(
      'KONOR_JOURNAL_TOO_LARGE',
      `a checkpoint of ${state.length} bytes; at most ${CHECKPOINT_BYTES_MAX} fit`,
    )
  }
}
