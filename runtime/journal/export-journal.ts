import type { CborValue } from '../../actors/vocabulary/canonical/cbor-value.ts'
import { decodeCbor } from '../../actors/vocabulary/canonical/decode-cbor.ts'
import { isKonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import type { Journal, JournalRecord } from './journal.ts'

/** JSON as it is written: what `JSON.stringify` takes. */
type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

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

function jsonOf(value: CborValue): Json {
  if (value === null || typeof value !== 'object') return value
  if (value instanceof Uint8Array) return { $bytes: Buffer.from(value).toString('base64') }
  if (Array.isArray(value)) return (value as readonly CborValue[]).map(jsonOf)
  const entries = Object.entries(value).map(([key, inner]) => [key, jsonOf(inner)] as const)
  const map = Object.fromEntries(entries)
  const looksTagged = entries.length === 1 && (entries[0]?.[0] === '$bytes' || entries[0]?.[0] === '$map')
  return looksTagged ? { $map: map } : map
}
