import type { JournalRecord } from '../journal.ts'
import { type ChainEnd, GENESIS } from '../record-hash.ts'
import type { CborValue } from '../../../actors/vocabulary/canonical/cbor-value.ts'
import { decodeCanonical } from '../../../actors/vocabulary/canonical/decode-cbor.ts'
import type { LogMessage } from './log-service.ts'
import { PART_PREFIX } from './stream-blobs.ts'
import { damagedMessage, decodeMessage, recordsOf, type StreamMessage } from './stream-message.ts'
import type { StreamValues } from './stream-values.ts'

/** How far somebody has verified the log: the last message, and the end of the chain there. */
export interface StreamEnd {
  /** 0 before the first message. */
  readonly messageSeq: number
  readonly chain: ChainEnd
}

export const STREAM_BEGIN: StreamEnd = { messageSeq: 0, chain: GENESIS }

export interface Taken {
  readonly end: StreamEnd
  readonly records: readonly JournalRecord[]
}

/**
 * The next message after `end`, verified: it builds on the chain that ends there, and every link in it holds.
 * Without an `end` the reader begins here, and believes only what the message says of the chain before it.
 * `KONOR_JOURNAL_CORRUPT` otherwise: the log was cut and written anew, or has split.
 */
export async function takeMessage(
  end: StreamEnd | undefined,
  raw: LogMessage,
  values: StreamValues,
): Promise<Taken> {
  const message = decodeMessage(raw)
  const { seq, messageId, base } = message
  if (end !== undefined && seq !== end.messageSeq + 1)
    throw damagedMessage(end.messageSeq + 1, `message ${seq} stands in its place`)
  if (end !== undefined && (base.hash !== end.chain.hash || base.seq !== end.chain.seq))
    throw damagedMessage(
      seq,
      `it follows another record than ${end.chain.seq} as it was read before: the log was cut, or has split`,
    )
  const records = recordsOf(message, await rowsIn(message, values))
  const last = records.at(-1)
  // Appends are settled by it.
  if (last !== undefined && last.hash !== messageId)
    throw damagedMessage(seq, 'its id is not that of its records')
  return { end: { messageSeq: seq, chain: last ?? end?.chain ?? base }, records }
}

async function rowsIn({ body }: StreamMessage, values: StreamValues): Promise<CborValue> {
  if (body.kind === 'rows') return body.rows
  return decodeCanonical(await values.loadTree(PART_PREFIX, body.ref))
}
