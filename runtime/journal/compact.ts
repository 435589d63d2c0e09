import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { APPEND_RECORDS_MAX, type JournalRecord } from './journal.ts'
import { SEGMENT_BYTES_MAX, SEGMENT_RECORDS_MAX, segmentFileName, writeSegment } from './segment-file.ts'
import type { SqliteJournal } from './sqlite-journal.ts'
import { withCodedErrors } from './sqlite/journal-error.ts'
import { writeMeta } from './sqlite/meta.ts'
import { readChain } from './sqlite/read-chain.ts'
import { insertSegment, type Segment } from './sqlite/segments.ts'
import type { SqliteStore } from './sqlite/store.ts'
import { syncDirectory } from './sync-directory.ts'

/** So many of the newest records always stay rows: an ambiguous append is looked up among them. */
export const LIVE_RECORDS_MIN = APPEND_RECORDS_MAX
/** Rows deleted in one turn, so that appends need not wait for all of them. */
const DELETED_ROWS_MAX = 4_096

export interface CompactOptions {
  /** Archive nothing above the newest checkpoint at or below this sequence. Default: the newest checkpoint. */
  readonly belowSeq?: number
  /**
   * Drop history: everything up to the newest checkpoint below this sequence, which becomes the new anchor.
   * There is no way back but a backup. Default: nothing is ever dropped.
   */
  readonly retainFromSeq?: number
  /** Records in a segment; at most, and by default, `SEGMENT_RECORDS_MAX`. Only whole segments are archived. */
  readonly segmentRecords?: number
}

export interface CompactReport {
  readonly archivedSegments: number
  readonly archivedRecords: number
  /** The anchor after it: sequences at or below it are no longer there. 0 when none were ever dropped. */
  readonly anchorSeq: number
}

/**
 * Moves records below a checkpoint out of the database into compressed archive files, verified, without
 * breaking the chain; on request drops the oldest history. Each step is durable before the next relies on it
 * and may be repeated: after a crash anywhere the journal is whole, and another run goes on. Appends and
 * reads go on meanwhile.
 */
export async function compactJournal(
  journal: SqliteJournal,
  options: CompactOptions = {},
): Promise<CompactReport> {
  const { store } = journal
  if (options.retainFromSeq !== undefined) await dropBelow(journal, options.retainFromSeq)
  await deleteDroppedRows(store)
  await withCodedErrors('remove archive files', () => removeStrayFiles(store))
  const lastSeq = await checkpointSeqAt(journal, options.belowSeq ?? Number.MAX_SAFE_INTEGER)
  let [archivedSegments, archivedRecords] = [0, 0]
  for await (const records of wholeSegments(store, lastSeq, options.segmentRecords ?? SEGMENT_RECORDS_MAX)) {
    const write = () => writeSegment(store.paths.segments, records)
    await archive(store, await withCodedErrors('archive records', write))
    archivedSegments++
    archivedRecords += records.length
  }
  return { archivedSegments, archivedRecords, anchorSeq: store.meta.anchor.seq }
}

/** The sequence of the newest checkpoint at or below `seq` that leaves enough rows; the anchor's when there is none. */
async function checkpointSeqAt(journal: SqliteJournal, seq: number): Promise<number> {
  const { seq: headSeq } = await journal.head()
  const anchorSeq = journal.store.meta.anchor.seq
  const limit = Math.min(seq, headSeq - LIVE_RECORDS_MIN)
  if (limit <= anchorSeq) return anchorSeq
  const checkpoint = await journal.getCheckpoint(limit)
  return checkpoint?.seq ?? anchorSeq
}

async function* wholeSegments(
  store: SqliteStore,
  lastSeq: number,
  segmentRecords: number,
): AsyncGenerator<JournalRecord[]> {
  const recordsMax = Math.min(segmentRecords, SEGMENT_RECORDS_MAX)
  let records: JournalRecord[] = []
  let sizeBytes = 0
  for await (const record of readChain(store, firstRowSeq(store), lastSeq)) {
    records.push(record)
    sizeBytes += record.payload.length + record.outputs.length
    if (records.length < recordsMax && sizeBytes < SEGMENT_BYTES_MAX) continue
    yield records
    records = []
    sizeBytes = 0
  }
}

/** Puts a written segment in the place of its rows, in one commit. */
async function archive(store: SqliteStore, segment: Segment): Promise<void> {
  const { connection } = store
  await store.turns.take(async () => {
    await connection.transaction(async () => {
      await insertSegment(connection, segment)
      await connection.run('DELETE FROM record WHERE seq BETWEEN ? AND ?', [segment.fromSeq, segment.toSeq])
    })
    store.segments = [...store.segments, segment]
  })
}

async function dropBelow(journal: SqliteJournal, retainFromSeq: number): Promise<void> {
  const { store } = journal
  const anchorSeq = await checkpointSeqAt(journal, retainFromSeq - 1)
  if (anchorSeq <= store.meta.anchor.seq) return
  let hash = store.meta.anchor.hash
  // Reading verifies: damaged history is reported here, while there still is something to compare a backup with.
  for await (const record of readChain(store, store.meta.anchor.seq + 1, anchorSeq)) hash = record.hash
  const meta = { ...store.meta, anchor: { seq: anchorSeq, hash } }
  await store.turns.take(async () => {
    await store.connection.transaction(async () => {
      await writeMeta(store.connection, meta)
      await store.connection.run('DELETE FROM segment WHERE to_seq <= ?', [anchorSeq])
      await store.connection.run('DELETE FROM checkpoint WHERE seq < ?', [anchorSeq])
    })
    store.meta = meta
    store.segments = store.segments.filter(({ toSeq }) => toSeq > anchorSeq)
  })
}

/** Deletes rows at or below the anchor, of this compaction or of one that a crash cut short. */
async function deleteDroppedRows(store: SqliteStore): Promise<void> {
  const { connection, meta } = store
  for (;;) {
    const oldest = await store.turns.take(() => connection.get('SELECT min(seq) AS seq FROM record'))
    const seq = oldest?.['seq']
    if (typeof seq !== 'number' || seq > meta.anchor.seq) return
    const lastSeq = Math.min(seq + DELETED_ROWS_MAX - 1, meta.anchor.seq)
    await store.turns.take(() => connection.run('DELETE FROM record WHERE seq <= ?', [lastSeq]))
  }
}

/** Removes files that no segment in use names: of dropped history, or of a compaction that a crash cut short. */
async function removeStrayFiles(store: SqliteStore): Promise<void> {
  const inUse = new Set(store.segments.map(segmentFileName))
  const { segments: directory } = store.paths
  let removed = false
  for (const name of await namesIn(directory)) {
    if (inUse.has(name)) continue
    await rm(join(directory, name))
    removed = true
  }
  if (removed) await syncDirectory(directory)
}

async function namesIn(directory: string): Promise<string[]> {
  try {
    return await readdir(directory)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw error
  }
}

function firstRowSeq(store: SqliteStore): number {
  return Math.max(store.meta.anchor.seq, store.segments.at(-1)?.toSeq ?? 0) + 1
}
