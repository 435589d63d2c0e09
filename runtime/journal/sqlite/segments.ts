import type { Digest } from '../../../actors/vocabulary/canonical/digest.ts'
import { readSegmentFile } from '../segment-file.ts'
import type { Connection } from './connection.ts'
import { bytesIn, digestBytes, digestIn, numberIn } from './row.ts'

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

export async function insertSegment(connection: Connection, segment: Segment): Promise<void> {
  const { fromSeq, toSeq, lastHash, digest, sizeBytes } = segment
  await connection.run(
    'INSERT INTO segment (from_seq, to_seq, last_hash, digest, size_bytes) VALUES (?, ?, ?, ?, ?)',
    [fromSeq, toSeq, digestBytes(lastHash), digestBytes(digest), sizeBytes],
  )
}

/** A segment's bytes, unchecked: out of the database when that is a backup, else its file's. */
export async function readSegmentBytes(
  connection: Connection,
  directory: string,
  segment: Segment,
): Promise<Uint8Array> {
  const row = await connection.get('SELECT bytes FROM archive WHERE from_seq = ?', [segment.fromSeq])
  return row === undefined ? readSegmentFile(directory, segment) : bytesIn(row, 'bytes')
}
