import { type Digest, digestOfBytes } from '../../../actors/vocabulary/canonical/digest.ts'
import { KonorError } from '../../../actors/vocabulary/errors/konor-error.ts'
import type { Blob } from '../journal.ts'
import type { Connection } from './connection.ts'
import { bytesIn, digestBytes } from './row.ts'

const ROWS_PER_STATEMENT = 32

/** Stores blobs, within the transaction of the append that names them; one that is there already is only marked. */
export async function insertBlobs(
  connection: Connection,
  blobs: readonly Blob[],
  namedSeq: number,
): Promise<void> {
  const distinct = [...new Map(blobs.map(blob => [blob.digest, blob])).values()]
  for (let start = 0; start < distinct.length; start += ROWS_PER_STATEMENT) {
    const rows = distinct.slice(start, start + ROWS_PER_STATEMENT)
    await connection.run(
      `INSERT INTO blob (named_seq, digest, bytes) VALUES ${rows.map(() => '(?, ?, ?)').join(', ')}
       ON CONFLICT (digest) DO UPDATE SET named_seq = max(named_seq, excluded.named_seq)`,
      rows.flatMap(({ digest, bytes }) => [namedSeq, digestBytes(digest), bytes]),
    )
  }
}

/** The bytes of a blob, checked against its digest. As with records, a miss of the index is checked in the table. */
export async function readBlob(connection: Connection, digest: Digest): Promise<Uint8Array | undefined> {
  const key = digestBytes(digest)
  const row =
    (await connection.get('SELECT bytes FROM blob WHERE digest = ?', [key])) ??
    (await connection.get('SELECT bytes FROM blob NOT INDEXED WHERE digest = ?', [key]))
  if (row === undefined) return undefined
  const bytes = bytesIn(row, 'bytes')
  if (digestOfBytes(bytes) === digest) return bytes
  throw new KonorError(
    'KONOR_JOURNAL_CORRUPT',
    `the journal is damaged: blob ${digest} is not what its digest says`,
    {
      details: { digest },
    },
  )
}
