import type { Digest } from '../../../actors/vocabulary/canonical/digest.ts'
import { KonorError } from '../../../actors/vocabulary/errors/konor-error.ts'
import type { JournalRecord } from '../journal.ts'
import { assertLink, type ChainEnd, GENESIS } from '../record-hash.ts'
import { readHashAt, readPage } from './record-reader.ts'
import { digestIn, numberIn } from './row.ts'
import type { SqliteStore } from './store.ts'

/**
 * The records `fromSeq` to `toSeq`, verified link by link. Takes one turn for each page and for each large record, so
 * that appends go on in between; `toSeq` is never beyond the head, so what they add is not seen.
 */
export async function* readChain(
  store: SqliteStore,
  fromSeq: number,
  toSeq: number,
): AsyncGenerator<JournalRecord> {
  const { anchor } = store.meta
  if (fromSeq <= anchor.seq) {
    throw new KonorError(
      'KONOR_JOURNAL_COMPACTED',
      `the journal begins after sequence ${anchor.seq}, its anchor`,
      {
        details: { anchorSeq: anchor.seq },
      },
    )
  }
  if (fromSeq > toSeq) return
  let end = await chainEndAt(store, fromSeq - 1)
  while (end.seq < toSeq) {
    const page = await store.turns.take(() => readPage(store.connection, end.seq + 1, toSeq))
    if (page.length === 0) throw missing(end.seq + 1)
    for (const load of page) {
      const record = linked(await store.turns.take(load), end.hash)
      assertLink(end, record)
      yield record
      end = record
    }
  }
}

/** What the record after `seq` must follow from. */
async function chainEndAt(store: SqliteStore, seq: number): Promise<ChainEnd> {
  const { anchor } = store.meta
  if (seq === 0) return GENESIS
  if (seq === anchor.seq) return { ...GENESIS, seq, hash: anchor.hash }
  const row = await store.turns.take(() => readHashAt(store.connection, seq))
  if (row === undefined) throw missing(seq)
  return {
    seq,
    hash: digestIn(row, 'hash'),
    timeline: numberIn(row, 'timeline'),
    epoch: numberIn(row, 'epoch'),
    timeMs: numberIn(row, 'time_ms'),
  }
}

function linked(stored: Omit<JournalRecord, 'prevHash'>, prevHash: Digest): JournalRecord {
  return { ...stored, prevHash }
}

function missing(seq: number): KonorError {
  return new KonorError('KONOR_JOURNAL_CORRUPT', `the journal is damaged: record ${seq} is missing`, {
    details: { seq },
  })
}
