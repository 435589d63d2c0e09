import { constants } from 'node:fs'
import { copyFile, mkdir, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { KonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import type { JournalHead } from './journal.ts'
import { backupPaths, type DataPaths, journalPaths } from './journal-paths.ts'
import { decodeSegment, writeSegmentBytes } from './segment-file.ts'
import { SqliteJournal } from './sqlite-journal.ts'
import { HeadWitness } from './sqlite/head-witness.ts'
import { withCodedErrors } from './sqlite/journal-error.ts'
import { writeMeta } from './sqlite/meta.ts'
import { isThere } from './sqlite/open-database.ts'
import { readSegmentBytes } from './sqlite/segments.ts'
import { syncDirectory } from './sync-directory.ts'
import { verifyJournal } from './verify-journal.ts'

/** Where a restore is prepared within its target; a crash leaves it, the next restore begins it anew. */
const STAGE = 'restoring'

/**
 * Makes a data directory out of a backup. Everything in the backup is verified first; damage is
 * `KONOR_JOURNAL_CORRUPT` and nothing is restored. The target must be empty or absent:
 * `KONOR_JOURNAL_TARGET_EXISTS`. The journal begins a new timeline, which `head` reports and the next record
 * carries: what was acknowledged after the backup was made is gone, and agents that saw it learn so by the
 * timeline. Resolves to the head.
 *
 * The database file of a damaged data directory serves as a backup too, when what is left of it is whole.
 */
export function restoreJournal(backupFile: string, dataDir: string): Promise<JournalHead> {
  return withCodedErrors(`restore ${backupFile}`, () => restore(backupFile, dataDir))
}

async function restore(backupFile: string, dataDir: string): Promise<JournalHead> {
  if (!(await isThere(backupFile))) {
    throw new KonorError('KONOR_JOURNAL_MISSING', `there is no backup at ${backupFile}`)
  }
  await assertEmpty(dataDir)
  const stageDir = join(dataDir, STAGE)
  await rm(stageDir, { recursive: true, force: true })
  const stage = journalPaths(stageDir)
  await mkdir(stage.directory, { recursive: true, mode: 0o700 })
  try {
    // The backup itself is not opened: SQLite would write beside it, and it may lie on a medium that is read
    // only.
    await copyFile(backupFile, stage.database, constants.COPYFILE_FICLONE)
    await beginTimeline(stage, backupPaths(backupFile).segments)
    const journal = await SqliteJournal.open(stageDir, { create: false })
    const head = await journal.head()
    await journal.close()
    await syncDirectory(stage.directory)
    await rename(stage.directory, journalPaths(dataDir).directory)
    await syncDirectory(dataDir)
    return head
  } finally {
    await rm(stageDir, { recursive: true, force: true })
  }
}

/** Verifies the copy, unpacks its segments beside it, and marks it as the beginning of a new timeline. */
async function beginTimeline(stage: DataPaths, segmentsDirectory: string): Promise<void> {
  const journal = await SqliteJournal.inspect({ ...backupPaths(stage.database), segments: segmentsDirectory })
  try {
    await assertWhole(journal)
    const { connection, head, meta, segments } = journal.store
    for (const segment of segments) {
      const bytes = await readSegmentBytes(connection, segmentsDirectory, segment)
      await decodeSegment(segment, bytes)
      await mkdir(stage.segments, { recursive: true, mode: 0o700 })
      await writeSegmentBytes(stage.segments, segment, bytes)
    }
    await connection.transaction(async () => {
      await connection.exec('DELETE FROM archive')
      await writeMeta(connection, { ...meta, timeline: head.timeline + 1 })
    })
    HeadWitness.start(stage.witness, head).close()
  } finally {
    await journal.close()
  }
}

async function assertWhole(journal: SqliteJournal): Promise<void> {
  const { problemCount, problems } = await verifyJournal(journal)
  if (problemCount === 0) return
  throw new KonorError(
    'KONOR_JOURNAL_CORRUPT',
    `nothing was restored, the backup is damaged: ${problems[0]?.message ?? ''}; take an older one`,
    { details: { problemCount, problems } },
  )
}

async function assertEmpty(dataDir: string): Promise<void> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 })
  const names = (await readdir(dataDir)).filter(name => name !== STAGE)
  if (names.length === 0) return
  throw new KonorError('KONOR_JOURNAL_TARGET_EXISTS', `${dataDir} is not empty; restore into a new directory`)
}
