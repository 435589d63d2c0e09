import { type FileHandle, open } from 'node:fs/promises'
import type { Connection } from './connection.ts'
import { isOutOfSpace } from './journal-error.ts'
import { PAGE_BYTES, WAL_PAGES } from './open-database.ts'

const FRAME_HEADER_BYTES = 24
const FILE_HEADER_BYTES = 32
/** The last commit before a checkpoint may go some pages beyond. */
const SLACK_PAGES = 64
export const WAL_PREALLOCATED_BYTES =
  FILE_HEADER_BYTES + (WAL_PAGES + SLACK_PAGES) * (PAGE_BYTES + FRAME_HEADER_BYTES)

/**
 * Copies every committed page into the database file, durably, and starts the log anew. After a crash this
 * also makes durable what the dead process committed but had not synced: before that it must not be shown to
 * anybody.
 */
export async function drainWriteAheadLog(connection: Connection): Promise<void> {
  await connection.all('PRAGMA wal_checkpoint(RESTART)')
}

/**
 * Fills the log's file with zeros up to the size that it reaches between checkpoints. A sync of a file that
 * does not grow need not write its metadata: it takes about half the time. SQLite reads zeros as the end of
 * the log.
 */
export async function preallocateWriteAheadLog(file: string): Promise<void> {
  const handle = await open(file, 'a')
  try {
    const { size } = await handle.stat()
    if (size < WAL_PREALLOCATED_BYTES) await fillOrLeave(handle, size)
  } finally {
    await handle.close()
  }
}

async function fillOrLeave(handle: FileHandle, size: number): Promise<void> {
  try {
    await handle.writeFile(Buffer.alloc(WAL_PREALLOCATED_BYTES - size))
    await handle.datasync()
  } catch (error) {
    if (!isOutOfSpace(error)) throw error
    // Speed is not worth the last of the space: it is given back, and the log grows as it needs to.
    await handle.truncate(size)
  }
}

/**
 * Makes the outcome of a failed commit certain. Its pages may lie in the log, whole but not counted: a crash
 * would bring them back. The log is started anew and one small commit is synced over its beginning, so that
 * they never can.
 */
export async function settleWriteAheadLog(connection: Connection): Promise<void> {
  await drainWriteAheadLog(connection)
  await connection.exec('UPDATE meta SET settled = settled + 1')
}
