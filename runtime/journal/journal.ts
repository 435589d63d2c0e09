import type { Digest } from '../../actors/vocabulary/canonical/digest.ts'

/**
 * One record of the journal, as it is stored. `payload` is the canonical CBOR of a batch of inputs; `outputs`
 * that of the public events its fold gave, kept so that streams resume exactly and replay can be checked
 * record by record. `hash` = SHA-256 over the canonical CBOR of [prevHash, seq, timeline, epoch, timeMs,
 * wallMs, id, H(payload), H(outputs)]: the chain that makes tampering, loss and reordering visible.
 */
export interface JournalRecord extends RecordDraft {
  readonly seq: number
  readonly prevHash: Digest
  readonly hash: Digest
}

/** What a writer proposes; the journal assigns `seq` and the hashes. */
export interface RecordDraft {
  /** Unique per record: an ambiguous append is settled by looking for it. */
  readonly id: string
  readonly timeline: number
  readonly epoch: number
  /** Journal time in milliseconds: never decreases along the chain. */
  readonly timeMs: number
  /** The leader's wall clock when it wrote the record; for people and calendar windows. */
  readonly wallMs: number
  readonly payload: Uint8Array
  readonly outputs: Uint8Array
}

/** A blob that must be durable before, or together with, the records that name it. */
export interface Blob {
  readonly digest: Digest
  readonly bytes: Uint8Array
}

export interface AppendRequest {
  /** The sequence the writer believes is last; 0 for an empty journal. Another one refuses the whole append. */
  readonly expectedSeq: number
  readonly records: readonly RecordDraft[]
  /**
   * Every blob that these records newly name, also when it may be stored already: its mark is moved up to
   * them, so that a collection at an earlier sequence spares it. Without records, they are kept for the
   * append that comes next.
   */
  readonly blobs: readonly Blob[]
}

export interface JournalHead {
  /** 0 when nothing was ever written. */
  readonly seq: number
  /** 64 zeros when nothing was ever written. */
  readonly hash: Digest
  /** The one the next record belongs to: the last record's, or a later one after a restore; at first 1. */
  readonly timeline: number
  readonly epoch: number
  readonly timeMs: number
}

/**
 * A state snapshot beside the chain: a cache that a restart begins from, believed by its reader only if
 * `stateHash` is in the chain. The journal itself keeps no opinion on how `stateHash` follows from `state`;
 * it returns the bytes that were put, or, when they are damaged, the checkpoint before.
 */
export interface Checkpoint {
  readonly seq: number
  readonly stateHash: Digest
  readonly state: Uint8Array
}

/**
 * A durable, ordered, hash-chained log of records with the blobs that they name. One writer at a time.
 *
 * - `append` is atomic (all records and blobs, or nothing) and returns only when everything is durable. It is
 *   refused with `KONOR_JOURNAL_CONFLICT` when the expected sequence does not hold, an epoch or a timeline is
 *   lower than the head's, or a record id is there already; nothing was written then, nor by
 *   `KONOR_JOURNAL_FULL`, `…_TOO_LARGE` and `…_INVALID`. `KONOR_JOURNAL_AMBIGUOUS`: the outcome is unknown;
 *   settle it with `find`.
 * - `read` yields records in order, gapless, verifying the chain as it goes, also out of archived segments.
 *   Damage is `KONOR_JOURNAL_CORRUPT` with the sequence; a sequence at or below the anchor is
 *   `KONOR_JOURNAL_COMPACTED`.
 * - `find` looks among the records that are not archived: an ambiguous append is among the newest.
 * - All sizes are bounded: a record's payload and its outputs by `RECORD_BYTES_MAX` each, a blob by
 *   `BLOB_BYTES_MAX`, one append by `APPEND_RECORDS_MAX` and `APPEND_BYTES_MAX`.
 * - After `close`, which waits for what is under way, everything is `KONOR_JOURNAL_CLOSED`.
 */
export interface Journal {
  head(): Promise<JournalHead>
  append(request: AppendRequest): Promise<JournalHead>
  /** From `fromSeq` (inclusive) to the head as it is when the read begins, or to `toSeq` (inclusive). */
  read(fromSeq: number, toSeq?: number): AsyncIterable<JournalRecord>
  find(recordId: string): Promise<number | undefined>
  getBlob(digest: Digest): Promise<Uint8Array | undefined>
  /** The newest checkpoint at or below `atSeq` (default: the head). */
  getCheckpoint(atSeq?: number): Promise<Checkpoint | undefined>
  putCheckpoint(checkpoint: Checkpoint): Promise<void>
  close(): Promise<void>
}

export const RECORD_BYTES_MAX = 8 * 1024 * 1024
export const BLOB_BYTES_MAX = 17 * 1024 * 1024
export const APPEND_BYTES_MAX = 64 * 1024 * 1024
export const APPEND_RECORDS_MAX = 1_024
export const CHECKPOINT_BYTES_MAX = 512 * 1024 * 1024
export const RECORD_ID_CHARS_MAX = 128
/** The newest so many are kept; older ones serve no restart. */
export const CHECKPOINTS_KEPT_MAX = 16
