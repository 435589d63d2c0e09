import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import test, { type ExecutionContext } from 'ava'
import { digestOfBytes } from '../../actors/vocabulary/canonical/digest.ts'
import { collectBlobs } from './collect-blobs.ts'
import { compactJournal, LIVE_RECORDS_MIN } from './compact.ts'
import { throwsCode } from './throws-code.test.kit.ts'
import { fillJournal, readAll, sampleBlob, sampleDraft } from './sample-records.test.kit.ts'
import { writeSegment } from './segment-file.ts'
import { SqliteJournal } from './sqlite-journal.ts'
import { temporaryDirectory } from './temporary-directory.test.kit.ts'
import { verifyJournal } from './verify-journal.ts'

const CHECKPOINT_SEQ = 500
const HEAD_SEQ = CHECKPOINT_SEQ + LIVE_RECORDS_MIN

async function compactable(t: ExecutionContext, dataDir?: string): Promise<SqliteJournal> {
  const journal = await SqliteJournal.open(dataDir ?? (await temporaryDirectory(t)))
  t.teardown(() => journal.close())
  if (dataDir !== undefined) return journal
  await fillJournal(journal, HEAD_SEQ, 512)
  for (const seq of [300, CHECKPOINT_SEQ, HEAD_SEQ - 1]) await putCheckpoint(journal, seq)
  return journal
}

async function putCheckpoint(journal: SqliteJournal, seq: number): Promise<void> {
  const state = Uint8Array.of(seq % 256)
  await journal.putCheckpoint({ seq, stateHash: digestOfBytes(state), state })
}

function dataDirOf(journal: SqliteJournal): string {
  return join(journal.store.paths.database, '..', '..')
}

test('whole segments below a checkpoint are archived, and reads go on seamlessly', async t => {
  const journal = await compactable(t)
  const before = await readAll(journal)
  const report = await compactJournal(journal, { segmentRecords: 120 })
  t.deepEqual(report, { archivedSegments: 4, archivedRecords: 480, anchorSeq: 0 })
  t.deepEqual((await readdir(journal.store.paths.segments)).sort(), [
    '1-120.cbor.gz',
    '121-240.cbor.gz',
    '241-360.cbor.gz',
    '361-480.cbor.gz',
  ])
  const rows = await journal.store.connection.get('SELECT min(seq) AS first, count(*) AS n FROM record')
  t.deepEqual(rows, { first: 481, n: HEAD_SEQ - 480 })
  t.true(isDeepStrictEqual(await readAll(journal), before))
  for (const [fromSeq, toSeq] of [
    [1, 1],
    [120, 121],
    [121, 240],
    [200, 500],
    [480, 481],
    [481, 481],
  ] as const) {
    t.true(isDeepStrictEqual(await readAll(journal, fromSeq, toSeq), before.slice(fromSeq - 1, toSeq)))
  }
  await journal.close()
  const again = await compactable(t, dataDirOf(journal))
  t.true(isDeepStrictEqual(await readAll(again), before))
  t.is((await verifyJournal(again)).problemCount, 0)
  t.is((await verifyJournal(again)).records, HEAD_SEQ)
  t.is((await compactJournal(again, { segmentRecords: 120 })).archivedSegments, 0, 'nothing is left to do')
})

test('a read that began before a compaction goes on through it', async t => {
  const journal = await compactable(t)
  const seen: number[] = []
  for await (const { seq } of journal.read(1)) {
    seen.push(seq)
    if (seq === 10) await compactJournal(journal, { segmentRecords: 100 })
  }
  t.deepEqual(
    seen,
    Array.from({ length: HEAD_SEQ }, (_, index) => index + 1),
  )
})

test('without a checkpoint low enough nothing is archived, and nothing is dropped', async t => {
  const journal = await compactable(t)
  const report = await compactJournal(journal, { belowSeq: 299, segmentRecords: 10, retainFromSeq: 300 })
  t.deepEqual(report, { archivedSegments: 0, archivedRecords: 0, anchorSeq: 0 })
})

test('with an explicit retain the checkpoint below it is the new anchor', async t => {
  const journal = await compactable(t)
  await compactJournal(journal, { segmentRecords: 120 })
  const before = await readAll(journal)
  const report = await compactJournal(journal, { retainFromSeq: 400 })
  t.is(report.anchorSeq, 300)
  t.deepEqual((await readdir(journal.store.paths.segments)).sort(), ['241-360.cbor.gz', '361-480.cbor.gz'])
  const check = async (opened: SqliteJournal): Promise<void> => {
    for (const seq of [1, 120, 241, 300]) await throwsCode(t, 'KONOR_JOURNAL_COMPACTED', readAll(opened, seq))
    t.true(isDeepStrictEqual(await readAll(opened, 301), before.slice(300)))
    t.is((await opened.getCheckpoint(499))?.seq, 300)
    await throwsCode(t, 'KONOR_JOURNAL_COMPACTED', opened.getCheckpoint(299))
    const verified = await verifyJournal(opened)
    t.is(verified.problemCount, 0, JSON.stringify(verified.problems))
    t.deepEqual(verified.anchor, { seq: 300, hash: before[299]?.hash })
    t.is(verified.fromSeq, 301)
    t.is(verified.records, HEAD_SEQ - 300)
  }
  await check(journal)
  await journal.close()
  await check(await compactable(t, dataDirOf(journal)))
})

test('history that was never archived is dropped as well', async t => {
  const journal = await compactable(t)
  const report = await compactJournal(journal, { retainFromSeq: CHECKPOINT_SEQ + 1, belowSeq: 1 })
  t.is(report.anchorSeq, CHECKPOINT_SEQ)
  const row = await journal.store.connection.get('SELECT min(seq) AS first FROM record')
  t.is(row?.['first'], CHECKPOINT_SEQ + 1)
  t.is((await readAll(journal, CHECKPOINT_SEQ + 1)).length, LIVE_RECORDS_MIN)
  t.is((await verifyJournal(journal)).problemCount, 0)
  const { seq } = await fillJournal(journal, 5)
  t.is(seq, HEAD_SEQ + 5)
})

test('what a crash left of a compaction is harmless, and the next one finishes it', async t => {
  const journal = await compactable(t)
  const before = await readAll(journal)
  const { segments: directory } = journal.store.paths
  // As after a crash between the rename of the archive file and the commit that deletes its rows, and in
  // mid-write.
  await writeSegment(directory, before.slice(0, 77))
  await writeFile(join(directory, '78-150.cbor.gz.partial'), 'half')
  t.true(isDeepStrictEqual(await readAll(journal), before))
  await compactJournal(journal, { segmentRecords: 250 })
  t.deepEqual((await readdir(directory)).sort(), ['1-250.cbor.gz', '251-500.cbor.gz'])
  t.true(isDeepStrictEqual(await readAll(journal), before))
  // As after a crash between the commit that moves the anchor and the deletion of what lies below it.
  await compactJournal(journal, { retainFromSeq: 501 })
  const stale = before.slice(398, 400).map(record => ({ ...record, seq: record.seq }))
  await writeSegment(directory, stale)
  await journal.store.connection.run(
    "INSERT INTO record VALUES (400, 'stale', 1, 1, 400, 400, x'', x'', zeroblob(32))",
  )
  t.true(isDeepStrictEqual(await readAll(journal, 501), before.slice(500)))
  await compactJournal(journal)
  t.deepEqual(await readdir(directory), [])
  t.is(await journal.find('stale'), undefined)
})

test('an archive file that is damaged, cut or gone is reported with its sequences, and never used', async t => {
  const journal = await compactable(t)
  await compactJournal(journal, { segmentRecords: 120 })
  const file = join(journal.store.paths.segments, '121-240.cbor.gz')
  const bytes = await readFile(file)
  const flipped = Buffer.from(bytes)
  flipped[50] = (flipped[50] ?? 0) ^ 1
  for (const damage of [flipped, bytes.subarray(0, 100), Buffer.alloc(0), undefined]) {
    if (damage === undefined) await rm(file)
    else await writeFile(file, damage)
    t.is((await readAll(journal, 1, 120)).length, 120)
    const error = await t.throwsAsync(readAll(journal))
    t.like(error, { code: 'KONOR_JOURNAL_CORRUPT', details: { seq: 121, toSeq: 240 } })
    t.is((await readAll(journal, 241)).length, HEAD_SEQ - 240)
    const report = await verifyJournal(journal)
    t.is(report.problemCount, 1)
    t.is(report.records, HEAD_SEQ - 120)
  }
})

test('blobs that are neither live nor named since the mark are collected', async t => {
  const journal = await SqliteJournal.open(await temporaryDirectory(t))
  t.teardown(() => journal.close())
  const blobs = Array.from({ length: 600 }, (_, n) => sampleBlob(n))
  const [dead, live, later, renamed] = [
    blobs.slice(0, 400),
    blobs.slice(400, 500),
    blobs.slice(500),
    blobs.slice(0, 2),
  ]
  await journal.append({ expectedSeq: 0, records: [sampleDraft(1)], blobs: [...dead, ...live] })
  await journal.append({ expectedSeq: 1, records: [sampleDraft(2)], blobs: [...later, ...renamed] })
  const report = await collectBlobs(journal, new Set(live.map(({ digest }) => digest)), 1)
  t.deepEqual(report, { kept: 202, removed: 398, removedBytes: 398_000 })
  for (const { digest, bytes } of [...live, ...later, ...renamed])
    t.deepEqual(await journal.getBlob(digest), bytes)
  for (const { digest } of dead.slice(2)) t.is(await journal.getBlob(digest), undefined)
  t.is((await verifyJournal(journal)).blobs, 202)
})
