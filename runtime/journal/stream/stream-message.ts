import type { CborValue } from '../../../actors/vocabulary/canonical/cbor-value.ts'
import { decodeCanonical } from '../../../actors/vocabulary/canonical/decode-cbor.ts'
import { isDigest } from '../../../actors/vocabulary/canonical/digest.ts'
import { encodeCanonical } from '../../../actors/vocabulary/canonical/encode-canonical.ts'
import { KonorError } from '../../../actors/vocabulary/errors/konor-error.ts'
import type { JournalRecord } from '../journal.ts'
import { type ChainEnd, linkProblem } from '../record-hash.ts'
import type { LogMessage } from './log-service.ts'
import type { TreeRef } from './stream-values.ts'

const FORMAT = 1
/** Lists above lists: far beyond what the largest append needs. */
const TREE_DEPTH_MAX = 4

/**
 * One message of the log: what one append adds to the chain, whole, or nothing at all (a barrier, which only
 * takes a place in the log). `base` is the end of the chain that its writer built on, so that a reader who
 * begins here knows where it is, and one who comes from before it sees at once when the two do not meet.
 */
export interface StreamMessage {
  /** Of the service; not the sequence of a record. */
  readonly seq: number
  readonly messageId: string
  readonly base: ChainEnd
  /** Records in it: `base.seq + 1` and on. */
  readonly count: number
  /** The rows of its records, or the value that holds them when they are too large for a message. */
  readonly body: MessageBody
}

export type MessageBody =
  | { readonly kind: 'rows'; readonly rows: CborValue }
  | { readonly kind: 'value'; readonly ref: TreeRef }

/** Sequence of the last record up to and with this message. */
export function lastSeqOf({ base, count }: StreamMessage): number {
  return base.seq + count
}

/** Records as rows: without what the chain before them gives. */
export function rowsOf(records: readonly JournalRecord[]): CborValue {
  return records.map(({ id, timeline, epoch, timeMs, wallMs, payload, outputs, hash }) => {
    return [id, timeline, epoch, timeMs, wallMs, payload, outputs, hash]
  })
}

export function encodeMessage(base: ChainEnd, count: number, body: MessageBody): Uint8Array {
  const { seq, hash, timeline, epoch, timeMs } = base
  const content: CborValue = body.kind === 'rows' ? body.rows : [body.ref.digest, body.ref.depth]
  return encodeCanonical([FORMAT, [seq, hash, timeline, epoch, timeMs], count, body.kind, content])
}

/**
 * `KONOR_JOURNAL_CORRUPT` when it is none of ours, `KONOR_JOURNAL_NEWER_FORMAT` when a later version wrote
 * it.
 */
export function decodeMessage({ seq, messageId, bytes }: LogMessage): StreamMessage {
  let value: CborValue
  try {
    value = decodeCanonical(bytes)
  } catch (cause) {
    throw damagedMessage(seq, 'its bytes cannot be read', cause)
  }
  const [format, end, count, kind, content] = arrayOf(value)
  if (typeof format === 'number' && format > FORMAT)
    throw new KonorError('KONOR_JOURNAL_NEWER_FORMAT', `message ${seq} of the log has format ${format}`)
  const base = baseOf(arrayOf(end))
  const body = bodyOf(kind, content)
  if (format !== FORMAT || base === undefined || body === undefined || !isCount(count))
    throw damagedMessage(seq, 'it is not a message of this journal')
  if (body.kind === 'rows' && arrayOf(body.rows).length !== count)
    throw damagedMessage(seq, `it does not hold the ${count} records that it says`)
  return { seq, messageId, base, count, body }
}

/**
 * The records of rows that follow `base`, each link verified; `KONOR_JOURNAL_CORRUPT` when one does not hold.
 */
export function recordsOf({ seq: messageSeq, base, count }: StreamMessage, rows: CborValue): JournalRecord[] {
  const records: JournalRecord[] = []
  let end = base
  for (const row of arrayOf(rows)) {
    const record = recordOf(arrayOf(row), end)
    const problem = record === undefined ? 'it is malformed' : linkProblem(end, record)
    if (record === undefined || problem !== undefined)
      throw damagedMessage(messageSeq, `record ${end.seq + 1}: ${problem ?? 'it is malformed'}`)
    records.push(record)
    end = record
  }
  if (records.length !== count)
    throw damagedMessage(messageSeq, `it holds ${records.length} records, not ${count}`)
  return records
}

/** What a reader throws where the log does not hold. */
export function damagedMessage(seq: number, problem: string, cause?: unknown): KonorError {
  return new KonorError('KONOR_JOURNAL_CORRUPT', `message ${seq} of the log is damaged: ${problem}`, {
    ...(cause === undefined ? {} : { cause }),
    details: { message: seq },
  })
}

function recordOf(row: readonly CborValue[], end: ChainEnd): JournalRecord | undefined {
  const [id, timeline, epoch, timeMs, wallMs, payload, outputs, hash] = row
  if (typeof id !== 'string' || typeof hash !== 'string' || !isDigest(hash)) return undefined
  if (typeof timeline !== 'number' || typeof epoch !== 'number') return undefined
  if (typeof timeMs !== 'number' || typeof wallMs !== 'number') return undefined
  if (!(payload instanceof Uint8Array) || !(outputs instanceof Uint8Array)) return undefined
  return { seq: end.seq + 1, id, timeline, epoch, timeMs, wallMs, payload, outputs, prevHash: end.hash, hash }
}

function baseOf([seq, hash, timeline, epoch, timeMs]: readonly CborValue[]): ChainEnd | undefined {
  if (typeof hash !== 'string' || !isDigest(hash) || !isCount(seq)) return undefined
  if (typeof timeline !== 'number' || typeof epoch !== 'number' || typeof timeMs !== 'number')
    return undefined
  return { seq, hash, timeline, epoch, timeMs }
}

function bodyOf(kind: CborValue | undefined, content: CborValue | undefined): MessageBody | undefined {
  if (kind === 'rows' && Array.isArray(content)) return { kind, rows: content as CborValue }
  const [digest, depth] = arrayOf(content)
  if (kind !== 'value' || typeof digest !== 'string' || !isDigest(digest)) return undefined
  return isCount(depth) && depth <= TREE_DEPTH_MAX ? { kind, ref: { digest, depth } } : undefined
}

function isCount(value: CborValue | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

function arrayOf(value: CborValue | undefined): readonly CborValue[] {
  return Array.isArray(value) ? (value as readonly CborValue[]) : []
}
