import { decodeCbor } from '../../actors/vocabulary/canonical/decode-cbor.ts'
import { isKonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import type { Journal, JournalRecord } from './journal.ts'
import { type Json, jsonOf } from './json-of.ts'

/**
 * The records `fromSeq` to `toSeq` as JSON lines, one object each: the fields of `JournalRecord`, `wallTime` for
 * people, and payload and outputs decoded. Bytes are `{ "$bytes": BASE64 }`; a map that looks like that is
 * `{ "$map": { … } }`. Verifies as it reads and throws as `Journal.read` does.
 */
export async function* exportJournal(journal: Journal, fromSeq = 1, toSeq?: number): AsyncGenerator<string> {
  for await (const record of journal.read(fromSeq, toSeq)) yield `${JSON.stringify(exported(record))}\n`
}

function exported(record: JournalRecord): Json {
  const { seq, id, timeline, epoch, timeMs, wallMs, prevHash, hash, payload, outputs } = record
  return {
    seq,
    id,
    timeline,
    epoch,
    timeMs,
    wallMs,
    wallTime: wallTime(wallMs),
    prevHash,
    hash,
    payload: decoded(payload),
    outputs: decoded(outputs),
  }
}

function wallTime(wallMs: number): string | null {
  const date = new Date(wallMs)
  return Number.isNaN(date.getTime()) ? null : date.toISOString()
}

/** Bytes that are no CBOR are exported as they stand: an export shows what is there. */
function decoded(bytes: Uint8Array): Json {
  try {
    return jsonOf(decodeCbor(bytes))
  } catch (error) {
    if (isKonorError(error, 'KONOR_CBOR_MALFORMED')) return jsonOf(bytes)
    throw error
  }
}
