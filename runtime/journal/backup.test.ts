import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import test, { type ExecutionContext } from 'ava'
import { digestOfBytes } from '../../actors/vocabulary/canonical/digest.ts'
import { backupDataDirectory, backupJournal } from './backup.ts'
import { compactJournal, LIVE_RECORDS_MIN } from './compact.ts'
import { throwsCode } from './throws-code.test.kit.ts'
import { restoreJournal } from './restore.ts'
import { fillJournal, readAll, sampleBlob, sampleDraft } from './sample-records.test.kit.ts'
import { SqliteJournal } from './sqlite-journal.ts'
import { temporaryDirectory } from './temporary-directory.test.kit.ts'
import { verifyBackup, verifyDataDirectory } from './verify-journal.ts'

async function openIn(t: ExecutionContext, dataDir: string): Promise<SqliteJournal> {
  const journal = await SqliteJournal.open(dataDir)
  t.teardown(() => journal.close())
  return journal
}

const blob = sampleBlob(1, 50_000)

/** A journal with archived segments, a blob and a checkpoint. */
async function furnished(t: ExecutionContext, dataDir: string): Promise<SqliteJournal> {
  const journal = await openIn(t, dataDir)
  await fillJournal(journal, 400 + LIVE_RECORDS_MIN, 512)
  const { seq } = await journal.head()
  await journal.append({ expectedSeq: seq, records: [sampleDraft(seq + 1)], blobs: [blob] })
  await journal.putCheckpoint({
    seq: 350,
    stateHash: digestOfBytes(Uint8Array.of(1)),
    state: Uint8Array.of(1),
  })
  await compactJournal(journal, { segmentRecords: 150 })
  return journal
}

test('a backup restores into a new timeline with everything in it', async t => {
  const [dataDir, elsewhere] = [await temporaryDirectory(t), await temporaryDirectory(t)]
  const journal = await furnished(t, dataDir)
  const [before, head] = [await readAll(journal), await journal.head()]
  const file = join(elsewhere, 'journal.backup')
  const report = await backupJournal(journal, file)
  t.is(report.toSeq, head.seq)
  t.deepEqual(await readdir(elsewhere), ['journal.backup'])

  const target = join(elsewhere, 'restored')
  const restored = await restoreJournal(file, target)
  t.deepEqual(restored, { ...head, timeline: 2 })
  t.deepEqual(await readdir(target), ['journal'])
  const again = await openIn(t, target)
  t.true(isDeepStrictEqual(await readAll(again), before))
  t.deepEqual(await again.getBlob(blob.digest), blob.bytes)
  t.is((await again.getCheckpoint())?.seq, 350)
  t.deepEqual(await again.head(), restored)
  const ended = [sampleDraft(head.seq + 1)]
  await throwsCode(
    t,
    'KONOR_JOURNAL_CONFLICT',
    again.append({ expectedSeq: head.seq, records: ended, blobs: [] }),
  )
  await fillJournal(again, 1)
  t.is((await readAll(again, head.seq + 1))[0]?.timeline, 2)
  await again.close()
  const verified = await verifyDataDirectory(target)
  t.is(verified.problemCount, 0, JSON.stringify(verified.problems))
  t.is(verified.timeline, 2)

  const second = join(elsewhere, 'second.backup')
  await backupDataDirectory(target, second)
  t.is((await restoreJournal(second, join(elsewhere, 'again'))).timeline, 3)
})

test('appends go on while a backup is made, and it holds a whole prefix of them', async t => {
  const dataDir = await temporaryDirectory(t)
  const journal = await furnished(t, dataDir)
  const { seq: seqBefore } = await journal.head()
  const file = join(dataDir, 'journal.backup')
  let done = false
  const backup = backupJournal(journal, file).finally(() => {
    done = true
  })
  let appended = 0
  for (; !done; appended += 3) await fillJournal(journal, 3)
  const report = await backup
  t.true(appended > 3)
  t.true(report.toSeq >= seqBefore)
  t.is(report.problemCount, 0)
  const restored = await restoreJournal(file, join(dataDir, 'restored'))
  const [original] = await readAll(journal, restored.seq, restored.seq)
  t.is(original?.hash, restored.hash)
})

test('a backup never overwrites a file, nor a restore a directory', async t => {
  const dataDir = await temporaryDirectory(t)
  const journal = await openIn(t, dataDir)
  await fillJournal(journal, 3)
  const file = join(dataDir, 'journal.backup')
  await writeFile(file, 'precious')
  await throwsCode(t, 'KONOR_JOURNAL_TARGET_EXISTS', backupJournal(journal, file))
  t.is(await readFile(file, 'utf8'), 'precious')
  await backupJournal(journal, join(dataDir, 'good.backup'))
  await throwsCode(t, 'KONOR_JOURNAL_TARGET_EXISTS', restoreJournal(join(dataDir, 'good.backup'), dataDir))
  await throwsCode(t, 'KONOR_JOURNAL_MISSING', restoreJournal(join(dataDir, 'none'), join(dataDir, 'new')))
  await throwsCode(t, 'KONOR_JOURNAL_LOCKED', backupDataDirectory(dataDir, join(dataDir, 'other.backup')))
})

test('a restore that a crash cut short is begun anew', async t => {
  const dataDir = await temporaryDirectory(t)
  const journal = await openIn(t, dataDir)
  await fillJournal(journal, 3)
  const file = join(dataDir, 'journal.backup')
  await backupJournal(journal, file)
  const target = join(dataDir, 'restored')
  await mkdir(join(target, 'restoring', 'journal'), { recursive: true })
  await writeFile(join(target, 'restoring', 'journal', 'journal.db'), 'half')
  t.is((await restoreJournal(file, target)).seq, 3)
  t.deepEqual(await readdir(target), ['journal'])
})

test('a damaged, cut or foreign backup restores nothing', async t => {
  const dataDir = await temporaryDirectory(t)
  const journal = await furnished(t, dataDir)
  const file = join(dataDir, 'journal.backup')
  await backupJournal(journal, file)
  const bytes = await readFile(file)
  const target = join(dataDir, 'restored')
  const at = bytes.indexOf('record-1200')
  const flipped = Buffer.from(bytes)
  flipped[at + 40] = (flipped[at + 40] ?? 0) ^ 4
  for (const [damaged, code] of [
    [flipped, 'KONOR_JOURNAL_CORRUPT'],
    [bytes.subarray(0, bytes.length / 2), 'KONOR_JOURNAL_CORRUPT'],
    [
      Buffer.from('a text that is long enough to be looked at, and is no database at all'.repeat(100)),
      'KONOR_JOURNAL_FOREIGN',
    ],
    [Buffer.alloc(0), 'KONOR_JOURNAL_CORRUPT'],
  ] as const) {
    await writeFile(file, damaged)
    await throwsCode(t, code, restoreJournal(file, target))
    t.deepEqual(await readdir(target), [])
  }
})

test('a damaged journal gives no backup', async t => {
  const dataDir = await temporaryDirectory(t)
  const journal = await furnished(t, dataDir)
  await journal.store.connection.run("UPDATE record SET payload = x'00' WHERE seq = 900")
  const file = join(dataDir, 'journal.backup')
  const error = await t.throwsAsync(backupJournal(journal, file))
  t.like(error, { code: 'KONOR_JOURNAL_CORRUPT' })
  t.deepEqual(await readdir(dataDir), ['journal'])
})

test('a backup is verified without a data directory', async t => {
  const dataDir = await temporaryDirectory(t)
  const journal = await furnished(t, dataDir)
  const file = join(dataDir, 'journal.backup')
  await backupJournal(journal, file)
  const { seq, hash } = await journal.head()
  t.like(await verifyBackup(file), {
    records: seq,
    fromSeq: 1,
    toSeq: seq,
    headHash: hash,
    timeline: 1,
    firstEpoch: 1,
    lastEpoch: 1,
    segments: 2,
    blobs: 1,
    checkpoints: 1,
    problemCount: 0,
  })
})
