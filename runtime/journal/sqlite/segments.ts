import type { Digest } from '../../../actors/vocabulary/canonical/digest.ts'
import type { Connection } from './connection.ts'
import { digestIn, numberIn } from './row.ts'

/** An archive file in use: the records `fromSeq` to `toSeq`, whose rows are gone. */
export interface Segment {
  readonly fromSeq: number
  readonly toSeq: number
  /** The hash of record `toSeq`, which the next record names as its predecessor. */
  readonly lastHash: Digest
  /** Of the file's bytes as they stand. */
  readonly digest: Digest
  readonly sizeBytes: number
}

export async function readSegments(connection: Connection): Promise<Segment[]> {
  const rows = await connection.all('SELECT * FROM segment ORDER BY from_seq')
  return rows.map(row => ({
    fromSeq: numberIn(row, 'from_seq'),
    toSeq: numberIn(row, 'to_seq'),
    lastHash: digestIn(row, 'last_hash'),
    digest: digestIn(row, 'digest'),
    sizeBytes: numberIn(row, 'size_bytes'),
  }))
}
