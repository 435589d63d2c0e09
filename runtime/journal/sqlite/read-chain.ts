import { KonorError } from '../../../actors/vocabulary/errors/konor-error.ts'
import type { JournalRecord } from '../journal.ts'
import { assertLink, type ChainEnd, GENESIS } from '../record-hash.ts'
import { decodeSegment } from '../segment-file.ts'
import { isInline, loadRecord, readHashAt, readPage, recordIn } from './record-reader.ts'
import { digestIn, numberIn } from './row.ts'
import { readSegmentBytes, type Segment } from './segments.ts'
import type { SqliteStore } from './store.ts'

/**
 * The records `fromSeq` to `toSeq`, verified link by link, out of archived segments and then out of rows. Takes one
 * turn for each segment, page and large record, so that appends and a compaction go on in between: `toSeq` is never
 * beyond the head, so what appends add is not seen, and rows that were archived meanwhile are read from their segment.
 */
export async function* readChain(
  store: SqliteStore,
  fromSeq: number,
  toSeq: number,
): AsyncGenerator<JournalRecord> {
  assertKept(store, fromSeq)
  if (fromSeq > toSeq) return
  let end = await chainEndBefore(store, fromSeq)
  while (end.seq < toSeq) {
    const before = end.seq
    for await (const record of piecesAfter(store, end, toSeq)) {
      assertLink(end, record)
      if (record.seq > toSeq) return
      if (record.seq >= fromSeq) yield record
      end = record
    }
    if (end.seq === before) throw missing(end.seq + 1)
  }
}

/** The segment that holds a sequence, if it is archived. */
export function segmentOf(store: SqliteStore, seq: number): Segment | undefined {
  return store.segments.find(segment => segment.fromSeq <= seq && seq <= segment.toSeq)
}

/** The records after `end` that one segment, or one page of rows, has. */
async function* piecesAfter(store: SqliteStore, end: ChainEnd, toSeq: number): AsyncGenerator<JournalRecord> {
  const seq = end.seq + 1
  assertKept(store, seq)
  const segment = segmentOf(store, seq)
  if (segment !== undefined) {
    const { connection, paths, turns } = store
    const bytes = await turns.take(() => readSegmentBytes(connection, paths.segments, segment))
    for (const record of await decodeSegment(segment, bytes)) if (record.seq >= seq) yield record
    return
  }
  let prevHash = end.hash
  for (const row of await store.turns.take(() => readPage(store.connection, seq, toSeq))) {
    const stored = isInline(row)
      ? recordIn(row)
      : await store.turns.take(() => loadRecord(store.connection, row))
    if (stored === undefined) return
    yield { ...stored, prevHash }
    prevHash = stored.hash
  }
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
