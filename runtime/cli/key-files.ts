import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { KonorError } from '../../actors/vocabulary/errors/konor-error.ts'

/** What a central's data directory holds beside its journal: without them its agents and callers do not know it. */
const KEY_FILES = ['cluster.key', 'admin.key'] as const

/** Where the keys of a backup are: beside it. */
export function keysOfBackup(backup: string): string {
  return `${backup}.keys`
}

/** Copies the keys of a data directory into one new file, readable by its owner only. Answers how many there were. */
export function backUpKeys(dataDir: string, file: string): number {
  const found = KEY_FILES.filter(name => existsSync(join(dataDir, name)))
  const keys = Object.fromEntries(
    found.map(name => [name, readFileSync(join(dataDir, name)).toString('base64')]),
  )
  if (found.length > 0) writeFileSync(file, `${JSON.stringify(keys, null, 2)}\n`, { mode: 0o600, flag: 'wx' })
  return found.length
}

/** Puts the keys of a backup into a data directory that has none. Answers whether there were any. */
export function restoreKeys(file: string, dataDir: string): boolean {
  if (!existsSync(file)) return false
  let keys: unknown
  try {
    keys = JSON.parse(readFileSync(file, 'utf8'))
  } catch (cause) {
    throw new KonorError('KONOR_CLI_FILE_UNREADABLE', `${file} does not hold the keys of a central`, {
      cause,
    })
  }
  for (const name of KEY_FILES) {
    const encoded = (keys as Readonly<Record<string, unknown>>)[name]
    if (typeof encoded === 'string')
      writeFileSync(join(dataDir, name), Buffer.from(encoded, 'base64'), { mode: 0o600, flag: 'wx' })
  }
  return true
}
