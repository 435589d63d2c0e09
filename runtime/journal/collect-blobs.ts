import type { Digest } from '../../actors/vocabulary/canonical/digest.ts'
import type { SqliteJournal } from './sqlite-journal.ts'
import { digestBytes, digestIn, numberIn } from './sqlite/row.ts'

/** Blobs looked at in one turn. */
const PAGE_ROWS = 256

export interface CollectBlobsReport {
  readonly kept: number
  readonly removed: number
  readonly removedBytes: number
}

/**
 * Removes the blobs that nothing needs: not in `liveDigests`, and last named by an append at or below
 * `markedAtSeq`. `liveDigests` is what the state at `markedAtSeq`, and the history that is kept, name; blobs
 * named since are spared, so appends may go on while the caller marks and this sweeps.
 */
export async function collectBlobs(
  journal: SqliteJournal,
  liveDigests: ReadonlySet<Digest>,
  markedAtSeq: number,
): Promise<CollectBlobsReport> {
  const { connection, turns } = journal.store
  const report = { kept: 0, removed: 0, removedBytes: 0 }
  let afterKey = 0
  for (;;) {
    const lastKey = await turns.take(async () => {
      const rows = await connection.all(
        `SELECT key, named_seq, digest, length(bytes) AS size_bytes FROM blob WHERE key > ? ORDER BY key LIMIT ${PAGE_ROWS}`,
        [afterKey],
      )
      const dead = rows.filter(
        row => numberIn(row, 'named_seq') <= markedAtSeq && !liveDigests.has(digestIn(row, 'digest')),
      )
      if (dead.length > 0) {
        const marks = dead.map(() => '?').join(', ')
        const digests = dead.map(row => digestBytes(digestIn(row, 'digest')))
        await connection.run(`DELETE FROM blob WHERE digest IN (${marks})`, digests)
      }
      report.kept += rows.length - dead.length
      report.removed += dead.length
      for (const row of dead) report.removedBytes += numberIn(row, 'size_bytes')
      const last = rows.at(-1)
      return last && numberIn(last, 'key')
    })
    if (lastKey === undefined) return report
    afterKey = lastKey
  }
}
