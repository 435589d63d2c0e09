import { execFile } from 'node:child_process'
import { cp, open, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isDeepStrictEqual, promisify } from 'node:util'
import test, { type ExecutionContext } from 'ava'
import { assert, asyncProperty, integer } from 'fast-check'
import sqlite3 from 'sqlite3'
import { digestOfBytes } from '../../actors/vocabulary/canonical/digest.ts'
import { isKonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import { throwsCode } from './throws-code.test.kit.ts'
import type { Blob, Checkpoint, JournalRecord } from './journal.ts'
import { journalPaths } from './journal-paths.ts'
import { restoreJournal } from './restore.ts'
import { fillJournal, readAll, sampleBlob, sampleDraft } from './sample-records.test.kit.ts'
import { SqliteJournal } from './sqlite-journal.ts'
import { temporaryDirectory } from './temporary-directory.test.kit.ts'
import { verifyDataDirectory } from './verify-journal.ts'

/** Positions tried for each kind of file. */
const FLIPS = process.env['KONOR_TEST'] === 'full' ? 2_000 : 70

/** A data directory on the disk, and all that was acknowledged while it was written. */
interface Written {
  readonly dataDir: string
  readonly records: readonly JournalRecord[]
  readonly blobs: readonly Blob[]
  readonly checkpoints: readonly Checkpoint[]
}

/** A journal as its writer left it: closed, or, as after `kill -9`, with most of it in the write-ahead log. */
async function written(t: ExecutionContext, ending: 'closed' | 'killed'): Promise<Written> {
  const dataDir = join(await temporaryDirectory(t), 'original')
  const journal = await SqliteJournal.open(dataDir)
  const blobs = [sampleBlob(1, 700), sampleBlob(2, 9_000), sampleBlob(3)]
  await fillJournal(journal, 150, 10)
  await journal.append({ expectedSeq: 150, records: [sampleDraft(151)], blobs })
  const payload = new Uint8Array(12_000).fill(7)
  await journal.append({ expectedSeq: 151, records: [sampleDraft(152, { payload })], blobs: [] })
  const checkpoints = [60, 140].map(seq => {
    const state = new Uint8Array(3_000).fill(seq)
    return { seq, stateHash: digestOfBytes(state), state }
  })
  for (const checkpoint of checkpoints) await journal.putCheckpoint(checkpoint)
  await fillJournal(journal, 30, 1)
  const records = await readAll(journal)
  if (ending === 'closed') {
    await journal.close()
    return { dataDir, records, blobs, checkpoints }
  }
  // Another process copies: were this one to open and close the file itself, its lock would be gone (POSIX).
  const killed = join(dataDir, '..', 'killed')
  await promisify(execFile)('cp', ['-r', dataDir, killed])
  await journal.close()
  return { dataDir: killed, records, blobs, checkpoints }
}

/**
 * Uses a damaged journal as a central would: opens it, reads all, looks everything up, appends, reads again.
 * Whatever it gives must be what was acknowledged; what it does not give it must refuse with a coded error.
 */
async function useDamaged(
  t: ExecutionContext,
  dataDir: string,
  original: Written,
): Promise<'harmless' | 'detected'> {
  let detected = false
  const attempt = async (work: () => Promise<void>): Promise<void> => {
    try {
      await work()
    } catch (error) {
      if (!isKonorError(error) || !error.code.startsWith('KONOR_JOURNAL_')) throw error
      detected = true
    }
  }
  await attempt(async () => {
    const journal = await SqliteJournal.open(dataDir)
    await attempt(() => compareRecords(t, journal, original))
    for (const record of original.records.filter(({ seq }) => seq % 19 === 0)) {
      await attempt(async () => {
        t.is(await journal.find(record.id), record.seq)
      })
    }
    for (const { digest, bytes } of original.blobs) {
      await attempt(async () => {
        t.true(isDeepStrictEqual(await journal.getBlob(digest), bytes), 'another blob')
      })
    }
    await attempt(async () => {
      // A checkpoint is a cache: an older one will do, or none; never another state.
      const found = await journal.getCheckpoint()
      if (found === undefined) return
      t.true(
        original.checkpoints.some(checkpoint => isDeepStrictEqual(checkpoint, found)),
        'another checkpoint',
      )
    })
    await attempt(async () => {
      await fillJournal(journal, 20, 7)
      await compareRecords(t, journal, original)
    })
    await attempt(() => journal.close())
  })
  return detected ? 'detected' : 'harmless'
}

async function compareRecords(t: ExecutionContext, journal: SqliteJournal, original: Written): Promise<void> {
  const found = await readAll(journal)
  t.true(
    isDeepStrictEqual(found.slice(0, original.records.length), original.records),
    'other records were read',
  )
}

async function flipBit(file: string, bitAt: number): Promise<void> {
  const handle = await open(file, 'r+')
  const byte = Buffer.alloc(1)
  const position = Math.floor(bitAt / 8)
  await handle.read(byte, 0, 1, position)
  byte[0] = (byte[0] ?? 0) ^ (1 << (bitAt % 8))
  await handle.write(byte, 0, 1, position)
  await handle.close()
}

/** Runs `damage` on a fresh copy of the journal for many values from 0 to `max`, and counts what it gave. */
async function damageOften(
  t: ExecutionContext,
  original: Written,
  max: number,
  damage: (dataDir: string, at: number) => Promise<void>,
): Promise<{ harmless: number; detected: number }> {
  const counts = { harmless: 0, detected: 0 }
  const copy = join(original.dataDir, '..', 'copy')
  await assert(
    asyncProperty(integer({ min: 0, max: max - 1 }), async at => {
      await rm(copy, { recursive: true, force: true })
      await cp(original.dataDir, copy, { recursive: true })
      await damage(copy, at)
      counts[await useDamaged(t, copy, original)]++
    }),
    { numRuns: FLIPS, endOnFailure: true },
  )
  t.log(`${counts.detected} detected, ${counts.harmless} harmless`)
  return counts
}

test('a flipped bit anywhere in the database is detected or harmless', async t => {
  const original = await written(t, 'closed')
  const { database } = journalPaths(original.dataDir)
  const { size } = await stat(database)
  const counts = await damageOften(t, original, size * 8, (copy, at) =>
    flipBit(journalPaths(copy).database, at),
  )
  t.true(counts.detected > 0)
})

test('a flipped bit anywhere in the write-ahead log is detected or harmless', async t => {
  const original = await written(t, 'killed')
  const usedBytes = await usedLogBytes(journalPaths(original.dataDir).writeAheadLog)
  t.true(usedBytes > 100_000)
  const counts = await damageOften(t, original, usedBytes * 8, (copy, at) =>
    flipBit(journalPaths(copy).writeAheadLog, at),
  )
  t.true(counts.detected > 0)
})

test('a flipped bit in the head file is detected or harmless', async t => {
  const original = await written(t, 'closed')
  const { size } = await stat(journalPaths(original.dataDir).witness)
  await damageOften(t, original, size * 8, (copy, at) => flipBit(journalPaths(copy).witness, at))
})

test('a database cut anywhere is detected', async t => {
  const original = await written(t, 'closed')
  const { size } = await stat(journalPaths(original.dataDir).database)
  const counts = await damageOften(t, original, size, (copy, at) => truncate(journalPaths(copy).database, at))
  t.is(counts.harmless, 0)
})

test('a write-ahead log cut anywhere within what was acknowledged is detected', async t => {
  const original = await written(t, 'killed')
  const usedBytes = await usedLogBytes(journalPaths(original.dataDir).writeAheadLog)
  const counts = await damageOften(t, original, usedBytes, (copy, at) =>
    truncate(journalPaths(copy).writeAheadLog, at),
  )
  t.is(counts.harmless, 0)
})

test('a write-ahead log that is gone is detected, again and again', async t => {
  const { dataDir } = await written(t, 'killed')
  const paths = journalPaths(dataDir)
  await rm(paths.writeAheadLog)
  const error = await t.throwsAsync(SqliteJournal.open(dataDir))
  t.like(error, { code: 'KONOR_JOURNAL_CORRUPT' })
  await throwsCode(t, 'KONOR_JOURNAL_CORRUPT', SqliteJournal.open(dataDir))
})

test('a damaged write-ahead log is kept as it was; a sound one leaves no copy', async t => {
  const { dataDir } = await written(t, 'killed')
  const sound = join(dataDir, '..', 'sound')
  await cp(dataDir, sound, { recursive: true })
  await (await SqliteJournal.open(sound)).close()
  t.deepEqual((await readdir(join(sound, 'journal'))).sort(), ['head', 'journal.db'])

  const { writeAheadLog } = journalPaths(dataDir)
  await flipBit(writeAheadLog, 8 * 20_000)
  const damaged = await readFile(writeAheadLog)
  await throwsCode(t, 'KONOR_JOURNAL_CORRUPT', SqliteJournal.open(dataDir))
  await throwsCode(t, 'KONOR_JOURNAL_CORRUPT', SqliteJournal.open(dataDir))
  t.true(damaged.equals(await readFile(`${writeAheadLog}.spare`)))
})

test('a journal whose acknowledged end is gone is told by its witness; the rest can be restored', async t => {
  const original = await written(t, 'closed')
  const paths = journalPaths(original.dataDir)
  // As a file system does that forgets: the database of an earlier time, whole, under the head file of now.
  const earlier = join(original.dataDir, '..', 'earlier')
  await cp(original.dataDir, earlier, { recursive: true })
  const journal = await SqliteJournal.open(original.dataDir)
  await fillJournal(journal, 5)
  await journal.close()
  await cp(journalPaths(earlier).database, paths.database)
  const error = await t.throwsAsync(SqliteJournal.open(original.dataDir))
  t.like(error, { code: 'KONOR_JOURNAL_CORRUPT', details: { seq: original.records.length + 1 } })
  const report = await verifyDataDirectory(original.dataDir)
  t.is(report.problemCount, 1)
  const head = await restoreJournal(paths.database, join(original.dataDir, '..', 'restored'))
  t.like(head, { seq: original.records.length, timeline: 2 })
})

test('a database or a head file that is gone or emptied is detected', async t => {
  const original = await written(t, 'closed')
  const copy = join(original.dataDir, '..', 'copy')
  for (const file of ['database', 'witness'] as const) {
    for (const damage of [rm, (path: string) => truncate(path, 0)]) {
      await rm(copy, { recursive: true, force: true })
      await cp(original.dataDir, copy, { recursive: true })
      await damage(journalPaths(copy)[file])
      await throwsCode(t, 'KONOR_JOURNAL_CORRUPT', SqliteJournal.open(copy))
      await throwsCode(t, 'KONOR_JOURNAL_CORRUPT', SqliteJournal.open(copy))
    }
  }
})

test('a file of another program is told apart and left as it is', async t => {
  const dataDir = await temporaryDirectory(t)
  await (await SqliteJournal.open(dataDir)).close()
  const { database, witness } = journalPaths(dataDir)
  await rm(witness)
  await writeFile(database, 'Dear diary, this is no database. '.repeat(500))
  await refusedAndUntouched(t, dataDir, 'KONOR_JOURNAL_FOREIGN')
  await rm(database)
  await changeDatabase(database, 'CREATE TABLE note (text)')
  await refusedAndUntouched(t, dataDir, 'KONOR_JOURNAL_FOREIGN')
  await rm(database)
  await changeDatabase(database, 'PRAGMA application_id = 77; CREATE TABLE note (text)')
  await refusedAndUntouched(t, dataDir, 'KONOR_JOURNAL_FOREIGN')
})

test('a journal of a newer format is not touched', async t => {
  const original = await written(t, 'closed')
  await changeDatabase(journalPaths(original.dataDir).database, 'PRAGMA user_version = 2')
  await refusedAndUntouched(t, original.dataDir, 'KONOR_JOURNAL_NEWER_FORMAT')
})

test('each kind of damage within the database is named by a verification, all of it at once', async t => {
  const original = await written(t, 'closed')
  const [blob, checkpoint] = [original.blobs[0], original.checkpoints[0]]
  await changeDatabase(
    journalPaths(original.dataDir).database,
    `UPDATE record SET payload = x'00' WHERE seq = 20;
     UPDATE record SET wall_ms = wall_ms + 1 WHERE seq = 40;
     DELETE FROM record WHERE seq = 60;
     UPDATE record SET outputs = 5 WHERE seq = 80;
     UPDATE blob SET bytes = x'01' WHERE digest = x'${blob?.digest}';
     UPDATE checkpoint SET state = x'02' WHERE seq = ${checkpoint?.seq}`,
  )
  const report = await verifyDataDirectory(original.dataDir)
  const messages = report.problems.map(({ seq, message }) => `${seq ?? '-'}: ${message}`)
  for (const expected of [
    /^20: .*hash/,
    /^40: .*hash/,
    /^61: .*60 is missing/,
    /^60: .*checkpoint/,
    /^-: blob/,
  ]) {
    t.true(
      messages.some(message => expected.test(message)),
      `${expected} in ${messages.join('\n')}`,
    )
  }
  t.true(messages.some(message => message.includes('outputs')))
  t.is(report.records, original.records.length - 6, 'a removed record breaks the link to the next as well')
})

async function refusedAndUntouched(
  t: ExecutionContext,
  dataDir: string,
  code: 'KONOR_JOURNAL_FOREIGN' | 'KONOR_JOURNAL_NEWER_FORMAT',
): Promise<void> {
  const { database } = journalPaths(dataDir)
  const before = await readFile(database)
  await throwsCode(t, code, SqliteJournal.open(dataDir))
  t.true(before.equals(await readFile(database)))
}

/** Changes a database file as any other program would. */
function changeDatabase(file: string, sql: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const database = new sqlite3.Database(file)
    database.exec(sql, error => {
      if (error === null) database.close(closing => (closing === null ? resolve() : reject(closing)))
      else reject(error)
    })
  })
}

/** Where the zeros begin that the log was filled with. */
async function usedLogBytes(file: string): Promise<number> {
  const bytes = await readFile(file)
  let end = bytes.length
  while (end > 0 && bytes[end - 1] === 0) end--
  return end
}
