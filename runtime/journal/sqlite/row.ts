import type { Digest } from '../../../actors/vocabulary/canonical/digest.ts'
import { KonorError } from '../../../actors/vocabulary/errors/konor-error.ts'
import type { SqlRow } from './connection.ts'

const DIGEST_BYTES = 32

// SQLite stores a value's type beside the value, so damage can turn a number into a text: no column is believed.

export function numberIn(row: SqlRow, column: string): number {
  const value = row[column]
  if (typeof value === 'number') return value
  throw damaged(column, 'a number')
}

export function textIn(row: SqlRow, column: string): string {
  const value = row[column]
  if (typeof value === 'string') return value
  throw damaged(column, 'text')
}

/** The column's bytes as a plain Uint8Array over the same memory. */
export function bytesIn(row: SqlRow, column: string): Uint8Array {
  const value = row[column]
  if (!(value instanceof Uint8Array)) throw damaged(column, 'bytes')
  return new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
}

export function digestIn(row: SqlRow, column: string): Digest {
  const value = row[column]
  if (!Buffer.isBuffer(value) || value.length !== DIGEST_BYTES) throw damaged(column, 'a digest')
  return value.toString('hex') as Digest
}

/** A digest as it is stored: its 32 bytes. */
export function digestBytes(digest: Digest): Buffer {
  return Buffer.from(digest, 'hex')
}

function damaged(column: string, expected: string): KonorError {
  return new KonorError(
    'KONOR_JOURNAL_CORRUPT',
    `the journal is damaged: column ${column} does not hold ${expected}`,
    {
      details: { column },
    },
  )
}
