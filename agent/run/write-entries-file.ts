import { open, rename, unlink } from 'node:fs/promises'
import { dirname } from 'node:path'
import { KonorError } from '../../actors/vocabulary/errors/konor-error.ts'

const FILE_MODE = 0o600

/**
 * Replaces a file so that a reader sees the old text or the new, whole, also after a crash: written beside it, synced,
 * renamed, and the folder synced. Its owner alone can read it. Throws `KONOR_RUN_FILE_FAILED`.
 */
export async function writeEntriesFile(path: string, text: string): Promise<void> {
  const beside = `${path}.${process.pid}.new`
  try {
    const file = await open(beside, 'w', FILE_MODE)
    try {
      await file.writeFile(text)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(beside, path)
    const folder = await open(dirname(path), 'r')
    try {
      await folder.sync()
    } finally {
      await folder.close()
    }
  } catch (cause) {
    // It may not be there; the failure that counts is the one before.
    await unlink(beside).catch(() => undefined)
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new KonorError('KONOR_RUN_FILE_FAILED', `${path} could not be written: ${why}`, { cause })
  }
}
