import { readChain } from './read-chain.ts'
import { numberIn } from './row.ts'
import type { SqliteStore } from './store.ts'

/** How many of the last records are verified whenever a journal is opened. `verifyJournal` does all. */
export const TAIL_RECORDS = 64

/** Verifies the end of the chain, and the link at the newest checkpoint, where the reader will begin. */
export async function verifyTail(store: SqliteStore): Promise<void> {
  const { connection, head, meta, turns } = store
  const first = Math.max(meta.anchor.seq + 1, lastArchivedSeq(store) + 1)
  await drain(readChain(store, Math.max(first, head.seq - TAIL_RECORDS + 1), head.seq))
  const row = await turns.take(() =>
    connection.get('SELECT max(seq) AS seq FROM checkpoint WHERE seq >= ?', [first]),
  )
  if (row === undefined || row['seq'] === null) return
  const checkpointSeq = numberIn(row, 'seq')
  await drain(readChain(store, Math.min(checkpointSeq, head.seq), Math.min(checkpointSeq + 1, head.seq)))
}

function lastArchivedSeq(store: SqliteStore): number {
  return store.segments.at(-1)?.toSeq ?? 0
}

async function drain(records: AsyncIterable<unknown>): Promise<void> {
  // Reading verifies.
  for await (const record of records) void record
}
