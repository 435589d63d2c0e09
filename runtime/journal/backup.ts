import { open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { KonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import { decodeSegment, readSegmentFile } from './segment-file.ts'
import { SqliteJournal } from './sqlite-journal.ts'
import { withCodedErrors } from './sqlite/journal-error.ts'
import { isThere, openDatabase } from './sqlite/open-database.ts'
import { readSegments } from './sqlite/segments.ts'
import type { SqliteStore } from './sqlite/store.ts'
import { syncDirectory } from './sync-directory.ts'
import { type JournalReport, verifyBackup } from './verify-journal.ts'

/** Pages copied in one turn: a quarter of a millisecond or so, and then appends may go on. */
const PAGES_PER_STEP = 64

/**
 * Copies an open journal into one new file, archived segments and blobs included, while it is in use: appends
 * go on between the steps, and the backup holds those made before it ended. The file appears under its name
 * only when it is complete, verified and synced. Throws `KONOR_JOURNAL_TARGET_EXISTS`, `…_CORRUPT` (of the
 * journal), `…_FULL`, `…_IO`.
 */
export function backupJournal(journal: SqliteJournal, targetFile: string): Promise<JournalReport> {
  return withCodedErrors(`write the backup ${targetFile}`, () => makeBackup(journal, targetFile))
}

async function makeBackup(journal: SqliteJournal, targetFile: string): Promise<JournalReport> {
  if (await isThere(targetFile)) {
    throw new KonorError('KONOR_JOURNAL_TARGET_EXISTS', `${targetFile} is there already; name a new file`)
  }
  const partial = `${targetFile}.partial`
  await rm(partial, { force: true })
  try {
    // Values stand in it as they are: nobody else may read it, not even while it is written.
    await (await open(partial, 'wx', 0o600)).close()
    await copyDatabase(journal.store, partial)
    await addSegments(journal.store, partial)
    const report = await verifyBackup(partial)
    if (report.problemCount > 0) {
      const what = report.problems[0]?.message ?? ''
      throw new KonorError('KONOR_JOURNAL_CORRUPT', `no backup was made, the journal is damaged: ${what}`, {
        details: { problems: report.problems },
      })
    }
    await syncFile(partial)
    await rename(partial, targetFile)
    await syncDirectory(dirname(targetFile))
    return report
  } catch (error) {
    await rm(partial, { force: true })
    throw error
  }
}

/** Backs up the journal of a data directory that no process has open; otherwise `KONOR_JOURNAL_LOCKED`. */
export async function backupDataDirectory(dataDir: string, targetFile: string): Promise<JournalReport> {
  const journal = await SqliteJournal.open(dataDir, { create: false })
  try {
    return await backupJournal(journal, targetFile)
  } finally {
    await journal.close()
  }
}

/** The journal's own connection copies: what it writes between two steps is carried over by SQLite. */
async function copyDatabase({ connection, turns }: SqliteStore, file: string): Promise<void> {
  const copy = await turns.take(() => connection.startCopy(file))
  try {
    while (!(await turns.take(() => copy.step(PAGES_PER_STEP)))) continue
  } finally {
    await turns.take(() => copy.finish())
  }
}

async function addSegments(store: SqliteStore, file: string): Promise<void> {
  const connection = await openDatabase(file, { create: false })
  try {
    for (const segment of await readSegments(connection)) {
      const bytes = await readSegmentFile(store.paths.segments, segment)
      await decodeSegment(segment, bytes)
      await connection.run('INSERT INTO archive (from_seq, bytes) VALUES (?, ?)', [segment.fromSeq, bytes])
    }
  } finally {
    await connection.close()
  }
}

async function syncFile(file: string): Promise<void> {
  const handle = await open(file, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
