import { constants } from 'node:fs'
import { copyFile, rm } from 'node:fs/promises'
import type { JournalPaths } from '../journal-paths.ts'
import { isOutOfSpace } from './journal-error.ts'

/**
 * Copies the write-ahead log that a crash left, before SQLite recovers it: it drops all that comes after a
 * damaged page and then deletes the file, and with it what an expert could still read. Gives the copy's name,
 * to be removed when the journal turns out to be sound; undefined when there is no log, or no space for a
 * copy.
 */
export async function spareLog({ writeAheadLog }: JournalPaths): Promise<string | undefined> {
  const copy = `${writeAheadLog}.spare`
  try {
    await copyFile(writeAheadLog, copy, constants.COPYFILE_FICLONE)
    return copy
  } catch (error) {
    const isAbsent = error instanceof Error && 'code' in error && error.code === 'ENOENT'
    if (isAbsent) return undefined
    if (!isOutOfSpace(error)) throw error
    await rm(copy, { force: true })
    return undefined
  }
}
