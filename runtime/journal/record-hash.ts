import { type Digest, digestOf, digestOfBytes } from '../../actors/vocabulary/canonical/digest.ts'
import { KonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import type { JournalRecord, RecordDraft } from './journal.ts'

/** What the first record names as its predecessor. */
export const GENESIS_HASH = '0'.repeat(64) as Digest

/** The end of a chain so far: all that is needed to check, or to make, the next link. */
export interface ChainEnd {
  readonly seq: number
  readonly hash: Digest
  readonly timeline: number
  readonly epoch: number
  readonly timeMs: number
}

/** The end of a chain without records. Timelines count from 1, so that 0 never names one. */
export const GENESIS: ChainEnd = { seq: 0, hash: GENESIS_HASH, timeline: 1, epoch: 0, timeMs: 0 }

/** The hash of a record from everything it holds, as `JournalRecord` defines it. */
export function recordHash(
  record: RecordDraft & { readonly seq: number; readonly prevHash: Digest },
): Digest {
  return digestOf([
    record.prevHash,
    record.seq,
    record.timeline,
    record.epoch,
    record.timeMs,
    record.wallMs,
    record.id,
    digestOfBytes(record.payload),
    digestOfBytes(record.outputs),
  ])
}

/** Links drafts to the end of a chain, in order. */
export function chainRecords(end: ChainEnd, drafts: readonly RecordDraft[]): JournalRecord[] {
  let { seq, hash: prevHash } = end
  return drafts.map(draft => {
    const { id, timeline, epoch, timeMs, wallMs, payload, outputs } = draft
    const unsealed = { id, timeline, epoch, timeMs, wallMs, payload, outputs, seq: ++seq, prevHash }
    const record = { ...unsealed, hash: recordHash(unsealed) }
    prevHash = record.hash
    return record
  })
}

/** What is wrong with `record` as the successor of `end`, or undefined when the link holds. */
export function linkProblem(end: ChainEnd, record: JournalRecord): string | undefined {
  if (record.seq !== end.seq + 1) return `record ${end.seq + 1} is missing: ${record.seq} follows ${end.seq}`
  if (record.prevHash !== end.hash) return `record ${record.seq} does not follow from record ${end.seq}`
  if (record.timeline < end.timeline) return `record ${record.seq} goes back to timeline ${record.timeline}`
  if (record.epoch < end.epoch) return `record ${record.seq} goes back to epoch ${record.epoch}`
  if (record.timeMs < end.timeMs) return `record ${record.seq} goes back in journal time`
  if (recordHash(record) !== record.hash) return `record ${record.seq} is not what its hash says`
  return undefined
}

/** The error for a link that does not hold: `KONOR_JOURNAL_CORRUPT` with the sequence that should follow `end`. */
export function damagedLink(end: ChainEnd, problem: string): KonorError {
  return new KonorError('KONOR_JOURNAL_CORRUPT', `the journal is damaged: ${problem}`, {
    details: { seq: end.seq + 1 },
  })
}

/** Throws `damagedLink` unless `record` is the successor of `end`. */
export function assertLink(end: ChainEnd, record: JournalRecord): void {
  const problem = linkProblem(end, record)
  if (problem !== undefined) throw damagedLink(end, problem)
}
