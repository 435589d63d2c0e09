import { digestOfBytes } from '../../actors/vocabulary/canonical/digest.ts'
import { KonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import {
  APPEND_BYTES_MAX,
  APPEND_RECORDS_MAX,
  type AppendRequest,
  BLOB_BYTES_MAX,
  type Blob,
  type JournalHead,
  RECORD_BYTES_MAX,
  RECORD_ID_CHARS_MAX,
  type RecordDraft,
} from './journal.ts'

/**
 * Refuses what no adapter may write: beyond a bound (`KONOR_JOURNAL_TOO_LARGE`), malformed
 * (`KONOR_JOURNAL_INVALID`), or not following from `head` (`KONOR_JOURNAL_CONFLICT`). That a record id is new
 * is left to the adapter's index.
 */
export function checkAppend(head: JournalHead, request: AppendRequest): void {
  checkSizes(request)
  for (const blob of request.blobs) checkBlob(blob)
  checkExpected(head, request)
  let { epoch, timeline, timeMs } = head
  const ids = new Set<string>()
  for (const draft of request.records) {
    checkShape(draft)
    if (draft.epoch < epoch)
      throw conflict(`epoch ${draft.epoch} is fenced: epoch ${epoch} has written`, head)
    if (draft.timeline < timeline) {
      throw conflict(`timeline ${draft.timeline} has ended: timeline ${timeline} goes on from here`, head)
    }
    if (draft.timeMs < timeMs) throw invalid(`record ${draft.id} goes back in journal time`)
    if (ids.has(draft.id)) throw conflict(`record id ${draft.id} is in the append twice`, head)
    ids.add(draft.id)
    ;({ epoch, timeline, timeMs } = draft)
  }
}

/** The refusal of an append that does not follow from the head; its details say where the head is. */
export function conflict(what: string, head: JournalHead, cause?: unknown): KonorError {
  return new KonorError('KONOR_JOURNAL_CONFLICT', `${what}; read on from the head and decide anew`, {
    ...(cause === undefined ? {} : { cause }),
    details: { seq: head.seq, timeline: head.timeline, epoch: head.epoch },
  })
}

function checkExpected(head: JournalHead, request: AppendRequest): void {
  if (request.expectedSeq === head.seq) return
  throw conflict(`the journal is at sequence ${head.seq}, not ${request.expectedSeq}`, head)
}

function checkSizes(request: AppendRequest): void {
  const { records, blobs } = request
  if (records.length > APPEND_RECORDS_MAX) {
    throw tooLarge(`an append of ${records.length} records; at most ${APPEND_RECORDS_MAX} fit`)
  }
  let sizeBytes = 0
  for (const { id, payload, outputs } of records) {
    sizeBytes += payload.length + outputs.length
    if (payload.length > RECORD_BYTES_MAX || outputs.length > RECORD_BYTES_MAX) {
      throw tooLarge(`record ${id} is beyond ${RECORD_BYTES_MAX} bytes; store large values as blobs`)
    }
  }
  for (const { digest, bytes } of blobs) {
    sizeBytes += bytes.length
    if (bytes.length > BLOB_BYTES_MAX) throw tooLarge(`blob ${digest} is beyond ${BLOB_BYTES_MAX} bytes`)
  }
  if (sizeBytes > APPEND_BYTES_MAX)
    throw tooLarge(`an append of ${sizeBytes} bytes; at most ${APPEND_BYTES_MAX} fit`)
}

function checkShape({ id, timeline, epoch, timeMs, wallMs }: RecordDraft): void {
  if (id.length === 0 || id.length > RECORD_ID_CHARS_MAX || !id.isWellFormed() || id.includes('\0')) {
    throw invalid(
      `record id ${JSON.stringify(id.slice(0, RECORD_ID_CHARS_MAX))} is not 1 to ${RECORD_ID_CHARS_MAX} characters of text`,
    )
  }
  if (!Number.isSafeInteger(timeline) || timeline < 1)
    throw invalid(`record ${id} names no timeline: ${timeline}`)
  if (!Number.isSafeInteger(epoch) || epoch < 0) throw invalid(`record ${id} names no epoch: ${epoch}`)
  if (!isTime(timeMs) || !isTime(wallMs)) throw invalid(`record ${id} holds a time that is not one`)
}

/** Beyond 2^53 a time has no exact form; -0 has no canonical one. */
function isTime(timeMs: number): boolean {
  return timeMs >= 0 && timeMs <= Number.MAX_SAFE_INTEGER && !Object.is(timeMs, -0)
}

function checkBlob({ digest, bytes }: Blob): void {
  // A blob that is not what its name says would be found out by its reader only, long after its writer is gone.
  if (digestOfBytes(bytes) !== digest)
    throw invalid(`a blob of ${bytes.length} bytes is not what its digest ${digest} says`)
}

function tooLarge(what: string): KonorError {
  return new KonorError('KONOR_JOURNAL_TOO_LARGE', what)
}

/** A request that no state of the journal could make right. */
export function invalid(what: string): KonorError {
  return new KonorError('KONOR_JOURNAL_INVALID', what)
}
