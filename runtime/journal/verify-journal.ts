import type { Digest } from '../../actors/vocabulary/canonical/digest.ts'
import { digestOfBytes } from '../../actors/vocabulary/canonical/digest.ts'
import { isKonorError, KonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import { backupPaths, journalPaths, type JournalPaths } from './journal-paths.ts'
import type { JournalRecord } from './journal.ts'
import { type ChainEnd, GENESIS, linkProblem } from './record-hash.ts'
import { decodeSegment } from './segment-file.ts'
import { SqliteJournal } from './sqlite-journal.ts'
import { wholeCheckpoint } from './sqlite/checkpoints.ts'
import type { Connection } from './sqlite/connection.ts'
import type { Anchor } from './sqlite/meta.ts'
import { isInline, loadRecord, readPage } from './sqlite/record-reader.ts'
import { bytesIn, digestIn, numberIn } from './sqlite/row.ts'
import { readSegmentBytes } from './sqlite/segments.ts'
import type { SqliteStore } from './sqlite/store.ts'

/** Problems listed in a report; a further one only counts. */
export const PROBLEMS_LISTED_MAX = 100

export interface JournalProblem {
  /** The sequence it is at, or after, where it has one. */
  readonly seq?: number
  readonly message: string
}

/** What a full verification found. The journal is whole when `problemCount` is 0. */
export interface JournalReport {
  /** Records that are there and follow from the one before. */
  readonly records: number
  /** The first sequence that should be there, and the last; `toSeq` is 0 when nothing was ever written. */
  readonly fromSeq: number
  readonly toSeq: number
  /** Where dropped history ends; absent when all of it is there. */
  readonly anchor?: Anchor
  readonly headHash: Digest
  readonly timeline: number
  readonly firstEpoch: number
  readonly lastEpoch: number
  readonly segments: number
  readonly blobs: number
  readonly checkpoints: number
  readonly problemCount: number
  readonly problems: readonly JournalProblem[]
}

/**
 * Walks everything: each record's hash and its link, archived and not, the digest of each blob and segment,
 * the seal of each checkpoint, and SQLite's own structures. Does not stop at damage but lists it. Appends may
 * go on meanwhile; they wait while SQLite checks its structures.
 */
export async function verifyJournal(journal: SqliteJournal): Promise<JournalReport> {
  const { store } = journal
  const problems = new Problems()
  if (store.openProblem !== undefined) problems.add(store.openProblem.message, seqOf(store.openProblem))
  const head = await journal.head()
  await verifyStructure(store, problems)
  const chain = await verifyChain(store, head.seq, problems)
  const checkpoints = await verifyCheckpoints(store, head.seq, problems)
  const blobs = await verifyBlobs(store, problems)
  const { anchor } = store.meta
  return {
    ...chain,
    fromSeq: anchor.seq + 1,
    toSeq: head.seq,
    ...(anchor.seq === 0 ? {} : { anchor }),
    headHash: head.hash,
    timeline: head.timeline,
    lastEpoch: head.epoch,
    segments: store.segments.length,
    blobs,
    checkpoints,
    problemCount: problems.count,
    problems: problems.listed,
  }
}

/** Verifies the journal of a data directory that no process has open. */
export function verifyDataDirectory(dataDir: string): Promise<JournalReport> {
  return verifyFiles(journalPaths(dataDir))
}

/** Verifies a backup file, with the segments in it. */
export function verifyBackup(file: string): Promise<JournalReport> {
  return verifyFiles(backupPaths(file))
}

async function verifyFiles(paths: JournalPaths): Promise<JournalReport> {
  const journal = await SqliteJournal.inspect(paths)
  try {
    return await verifyJournal(journal)
  } finally {
    await journal.close()
  }
}

class Problems {
  readonly listed: JournalProblem[] = []
  count = 0

  add(message: string, seq?: number): void {
    this.count++
    if (this.listed.length < PROBLEMS_LISTED_MAX)
      this.listed.push({ message, ...(seq === undefined ? {} : { seq }) })
  }

  /** Runs `work`; damage that it meets is listed, anything else is thrown. Undefined after damage. */
  async during<T>(work: () => Promise<T>, seq?: number): Promise<T | undefined> {
    try {
      return await work()
    } catch (error) {
      if (!isKonorError(error, 'KONOR_JOURNAL_CORRUPT')) throw error
      this.add(error.message, seqOf(error) ?? seq)
      return undefined
    }
  }
}

/** SQLite's view of its own pages and indexes: an index without an entry would hide a record from `find`. */
async function verifyStructure({ connection, turns }: SqliteStore, problems: Problems): Promise<void> {
  const rows = await problems.during(() =>
    turns.take(() => connection.all(`PRAGMA integrity_check(${PROBLEMS_LISTED_MAX})`)),
  )
  for (const row of rows ?? []) {
    const message = String(row['integrity_check'])
    if (message !== 'ok') problems.add(`the database is damaged: ${message}`)
  }
}

async function verifyChain(
  store: SqliteStore,
  lastSeq: number,
  problems: Problems,
): Promise<{ records: number; firstEpoch: number }> {
  const { anchor } = store.meta
  let end: ChainEnd = { ...GENESIS, seq: anchor.seq, hash: anchor.hash }
  let records = 0
  let firstEpoch = 0
  while (end.seq < lastSeq) {
    const { links, ...skipped } = await linksAfter(store, end, lastSeq, problems)
    end = skipped.end
    for (const link of links) {
      const problem = linkProblem(end, {
        ...link,
        prevHash: link.seq === end.seq + 1 ? link.prevHash : end.hash,
      })
      if (problem === undefined) records++
      else problems.add(problem, link.seq)
      if (firstEpoch === 0) firstEpoch = link.epoch
      // What follows is held against the record as it is, so that one damage is one problem.
      end = link
    }
    if (links.length === 0 && end.seq < lastSeq) {
      problems.add(`records ${end.seq + 1} to ${lastSeq} are missing`, end.seq + 1)
      break
    }
  }
  return { records, firstEpoch }
}

interface Links {
  /** What the first of `records` should follow from: beyond the end that was asked for when a segment is damaged. */
  readonly end: ChainEnd
  readonly links: readonly JournalRecord[]
}

/**
 * The next records there are after `end`: of one segment, or of a page of rows up to a large one. What is
 * damaged is left out.
 */
async function linksAfter(
  store: SqliteStore,
  end: ChainEnd,
  lastSeq: number,
  problems: Problems,
): Promise<Links> {
  const { connection, paths, turns } = store
  // Where they are, is looked up within the turn: a compaction changes rows and segments in one.
  const found = await turns.take(async () => {
    const segment = store.segments.find(({ toSeq }) => toSeq > end.seq)
    if (segment === undefined) return { links: await rowsAfter(connection, end, lastSeq, problems) }
    return {
      segment,
      bytes: await problems.during(() => readSegmentBytes(connection, paths.segments, segment)),
    }
  })
  if (found.segment === undefined) return { end, links: found.links }
  const { segment, bytes } = found
  const records = bytes && (await problems.during(() => decodeSegment(segment, bytes)))
  if (records !== undefined) return { end, links: records.filter(({ seq }) => seq > end.seq) }
  // One problem, which is listed: the records after the segment are held against what it should have ended with.
  const skipped = { ...GENESIS, seq: segment.toSeq, hash: segment.lastHash }
  return linksAfter(store, skipped, lastSeq, problems)
}

async function rowsAfter(
  connection: Connection,
  end: ChainEnd,
  lastSeq: number,
  problems: Problems,
): Promise<JournalRecord[]> {
  const rows = await problems.during(() => readPage(connection, end.seq + 1, lastSeq), end.seq + 1)
  const links: JournalRecord[] = []
  let prevHash = end.hash
  for (const row of rows ?? []) {
    const stored = await problems.during(() => loadRecord(connection, row))
    if (stored === undefined) continue
    links.push({ ...stored, prevHash })
    prevHash = stored.hash
    if (!isInline(row)) break
  }
  return links
}

async function verifyCheckpoints(store: SqliteStore, headSeq: number, problems: Problems): Promise<number> {
  const { connection, meta, turns } = store
  const rows = await problems.during(() =>
    turns.take(() => connection.all('SELECT seq FROM checkpoint ORDER BY seq')),
  )
  let anchored = meta.anchor.seq === 0
  for (const { seq } of rows ?? []) {
    if (typeof seq !== 'number' || seq > headSeq) {
      problems.add(`a checkpoint is of record ${String(seq)}, which is not there`)
      continue
    }
    const row = await problems.during(() =>
      turns.take(() => connection.get('SELECT * FROM checkpoint WHERE seq = ?', [seq])),
    )
    const whole = await problems.during(async () => row && wholeCheckpoint(row, seq), seq)
    if (whole === undefined) problems.add(`the checkpoint at record ${seq} is damaged`, seq)
    else if (seq === meta.anchor.seq) anchored = true
  }
  if (!anchored) problems.add(`the checkpoint at the anchor ${meta.anchor.seq} is not there`, meta.anchor.seq)
  return rows?.length ?? 0
}

async function verifyBlobs({ connection, turns }: SqliteStore, problems: Problems): Promise<number> {
  let blobs = 0
  let key = 0
  for (;;) {
    const row = await problems.during(() =>
      turns.take(() => connection.get('SELECT * FROM blob WHERE key > ? ORDER BY key LIMIT 1', [key])),
    )
    if (row === undefined) return blobs
    blobs++
    key = numberIn(row, 'key')
    await problems.during(async () => {
      const digest = digestIn(row, 'digest')
      if (digestOfBytes(bytesIn(row, 'bytes')) !== digest)
        problems.add(`blob ${digest} is not what its digest says`)
    })
  }
}

function seqOf(error: KonorError): number | undefined {
  const { seq } = error.details
  return typeof seq === 'number' ? seq : undefined
}
