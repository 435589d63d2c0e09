import { chmod, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Disk } from '../disk.ts'

const TEMPORARY_SUFFIX = '.tmp'
/** Temporary files of writes that are under way: what else has the suffix was left by a process that died. */
const underWay = new Set<string>()
let temporaries = 0

/** The operating system's file system. */
export const nodeDisk: Disk = {
  async ensureDir(path, mode) {
    const first = await mkdir(path, { recursive: true, mode })
    await chmod(path, mode)
    if (first === undefined) return
    // Each new directory is durable only once its parent is synced.
    for (let made = path; made.length >= first.length; made = dirname(made))
      await syncDirectory(dirname(made))
  },

  async readFile(path, sizeBytesMax) {
    const file = await orUndefined(open(path, 'r'))
    if (file === undefined) return undefined
    try {
      const { size } = await file.stat()
      if (size > sizeBytesMax)
        throw new RangeError(`${basename(path)} has ${size} bytes, more than ${sizeBytesMax}`)
      return await file.readFile()
    } finally {
      await file.close()
    }
  },

  async writeFileAtomic(path, bytes, mode) {
    const temporary = `${path}.${temporaries++}${TEMPORARY_SUFFIX}`
    underWay.add(temporary)
    try {
      const file = await open(temporary, 'w', mode)
      try {
        await file.writeFile(bytes)
        await file.sync()
      } finally {
        await file.close()
      }
      await rename(temporary, path)
    } catch (error) {
      await rm(temporary, { force: true })
      throw error
    } finally {
      underWay.delete(temporary)
    }
    await syncDirectory(dirname(path))
  },

  async overwriteFile(path, bytes, mode) {
    const file = await orUndefined(open(path, 'r+'))
    if (file === undefined) return nodeDisk.writeFileAtomic(path, bytes, mode)
    try {
      await file.write(bytes, 0, bytes.length, 0)
      await file.datasync()
    } finally {
      await file.close()
    }
  },

  async remove(path) {
    await rm(path, { force: true })
  },

  async list(path) {
    const names = (await orUndefined(readdir(path))) ?? []
    const left = names.map(name => join(path, name)).filter(file => file.endsWith(TEMPORARY_SUFFIX))
    // What an interrupted write left has no reader: one process alone uses a data directory.
    await Promise.all(left.filter(file => !underWay.has(file)).map(file => rm(file, { force: true })))
    return names.filter(name => !name.endsWith(TEMPORARY_SUFFIX)).sort()
  },

  async mode(path) {
    const found = await orUndefined(stat(path))
    return found === undefined ? undefined : found.mode & 0o777
  },
}

async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r')
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}

async function orUndefined<T>(pending: Promise<T>): Promise<T | undefined> {
  try {
    return await pending
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}
