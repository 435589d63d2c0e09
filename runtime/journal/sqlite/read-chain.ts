import type { Digest } from '../../../actors/vocabulary/canonical/digest.ts'
import { KonorError } from '../../../actors/vocabulary/errors/konor-error.ts'
import type { JournalRecord } from '../journal.ts'
import { type ChainEnd, damagedLink, GENESIS, linkProblem } from '../record-hash.ts'
import { decodeSegment } from '../segment-file.ts'
import type { Connection, SqlRow } from './connection.ts'
import { isInline, loadRecord, readHashAt, readPage, recordIn } from './record-reader.ts'
import { digestIn, numberIn } from './row.ts'
import { readSegmentBytes, type Segment } from './segments.ts'
import type { SqliteStore } from './store.ts'

/**
 * The records `fromSeq` to `toSeq`, verified link by link, in pieces: out of archived segments and then out
 * of rows. Takes one turn for each piece, so that appends and a compaction go on in between: `toSeq` is never
 * beyond the head, so what appends add is not seen, and rows that were archived meanwhile are read from their
 * segment.
 */
export async function* readPieces(
  store: SqliteStore,
  fromSeq: number,
  toSeq: number,
): AsyncGenerator<readonly JournalRecord[]> {
  assertKept(store, fromSeq)
  if (fromSeq > toSeq) return
  let end = await chainEndBefore(store, fromSeq)
  while (end.seq < toSeq) {
    const piece = await pieceAfter(store, end, toSeq)
    if (piece.length === 0) throw missing(end.seq + 1)
    const sound: JournalRecord[] = []
    let problem: string | undefined
    for (const record of piece) {
      problem = linkProblem(end, record)
      if (problem !== undefined || record.seq > toSeq) break
      if (record.seq >= fromSeq) sound.push(record)
      end = record
    }
    // What comes before the damage is sound, and is given.
    yield sound
    if (problem !== undefined) throw damagedLink(end, problem)
    if ((piece.at(-1)?.seq ?? 0) > toSeq) return
  }
}

/** As `readPieces`, record by record. */
export async function* readChain(
  store: SqliteStore,
  fromSeq: number,
  toSeq: number,
): AsyncGenerator<JournalRecord> {
  for await (const piece of readPieces(store, fromSeq, toSeq)) for (const record of piece) yield record
}

/** The segment that holds a sequence, if it is archived. */
export function segmentOf(store: SqliteStore, seq: number): Segment | undefined {
  return store.segments.find(segment => segment.fromSeq <= seq && seq <= segment.toSeq)
}

/**
 * The next records after `end`: of one segment, or the rows of a page up to a large one, or that one alone,
 * so that at most one large record is in memory. Empty when there is none.
 */
async function pieceAfter(store: SqliteStore, end: ChainEnd, toSeq: number): Promise<JournalRecord[]> {
  const { connection, paths, turns } = store
  const seq = end.seq + 1
  // Where it is, is looked up within the turn: a compaction changes rows and segments in one.
  const found = await turns.take(async () => {
    assertKept(store, seq)
    const segment = segmentOf(store, seq)
    if (segment !== undefined)
      return { segment, bytes: await readSegmentBytes(connection, paths.segments, segment) }
    return { records: await rowsAfter(connection, end, toSeq) }
  })
  if (found.records !== undefined) return found.records
  const records = await decodeSegment(found.segment, found.bytes)
  return records.filter(record => record.seq >= seq)
}

async function rowsAfter(connection: Connection, end: ChainEnd, toSeq: number): Promise<JournalRecord[]> {
  const rows = await readPage(connection, end.seq + 1, toSeq)
  const [first] = rows
  if (first === undefined) return []
  if (!isInline(first)) return [{ ...(await loadRecord(connection, first)), prevHash: end.hash }]
  return inlineRecords(rows, end.hash)
}

function inlineRecords(rows: readonly SqlRow[], hashBefore: Digest): JournalRecord[] {
  let prevHash = hashBefore
  const records: JournalRecord[] = []
  for (const row of rows) {
    if (!isInline(row)) break
    const stored = recordIn(row)
    const { seq, id, timeline, epoch, timeMs, wallMs, payload, outputs, hash } = stored
    records.push({ seq, id, timeline, epoch, timeMs, wallMs, payload, outputs, prevHash, hash })
    prevHash = stored.hash
  }
  return records
}

/** Where verification begins for a read from `fromSeq`: at the record before, or at the beginning of its segment. */
async function chainEndBefore(store: SqliteStore, fromSeq: number): Promise<ChainEnd> {
  const { anchor } = store.meta
  const seq = Math.max((segmentOf(store, fromSeq)?.fromSeq ?? fromSeq) - 1, anchor.seq)
  if (seq === 0) return GENESIS
  // What is not known of the record before is left at its least, which every successor is at or above.
  if (seq === anchor.seq) return { ...GENESIS, seq, hash: anchor.hash }
  const archived = store.segments.find(segment => segment.toSeq === seq)
  if (archived !== undefined) return { ...GENESIS, seq, hash: archived.lastHash }
  const row = await store.turns.take(() => readHashAt(store.connection, seq))
  // Archived between the look and the turn: look again.
  if (row === undefined && segmentOf(store, seq) !== undefined) return chainEndBefore(store, fromSeq)
  if (row === undefined) throw missing(seq)
  return {
    seq,
    hash: digestIn(row, 'hash'),
    timeline: numberIn(row, 'timeline'),
    epoch: numberIn(row, 'epoch'),
    timeMs: numberIn(row, 'time_ms'),
  }
}

function assertKept({ meta: { anchor } }: SqliteStore, seq: number): void {
  if (seq > anchor.seq) return
  throw new KonorError(
    'KONOR_JOURNAL_COMPACTED',
    `the journal begins after sequence ${anchor.seq}, its anchor`,
    {
      details: { anchorSeq: anchor.seq },
    },
  )
}

function missing(seq: number): KonorError {
  return new KonorError('KONOR_JOURNAL_CORRUPT', `the journal is damaged: record ${seq} is missing`, {
    details: { seq },
  })
}
