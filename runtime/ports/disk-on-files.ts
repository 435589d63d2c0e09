import { basename, dirname, join } from 'node:path'
import type { Disk } from './disk.ts'
import type { FileSystem } from './file-system.ts'

const TEMPORARY_SUFFIX = '.tmp'

/** A disk as the product knows it, made of what a file system promises and no more. */
export function createDisk(files: FileSystem): Disk {
  /** Temporary files of writes that are under way: what else has the suffix was left by a process that died. */
  const underWay = new Set<string>()
  let temporaries = 0

  const disk: Disk = {
    async ensureDir(path, mode) {
      const first = await files.makeDir(path, mode)
      await files.changeMode(path, mode)
      // A program that ended between a rename and its sync left a name that a loss of power would still take away.
      if (first === undefined) return files.syncDir(path)
      // Each new directory is durable only once its parent is synced.
      for (let made = path; made.length >= first.length; made = dirname(made))
        await files.syncDir(dirname(made))
    },

    async readFile(path, sizeBytesMax) {
      const file = await files.open(path, 'read')
      if (file === undefined) return undefined
      try {
        const size = await file.size()
        if (size > sizeBytesMax)
          throw new RangeError(`${basename(path)} has ${size} bytes, more than ${sizeBytesMax}`)
        return await file.read()
      } finally {
        await file.close()
      }
    },

    async writeFileAtomic(path, bytes, mode) {
      const temporary = `${path}.${temporaries++}${TEMPORARY_SUFFIX}`
      underWay.add(temporary)
      try {
        const file = await files.create(temporary, mode)
        try {
          await file.write(bytes)
          await file.sync()
        } finally {
          await file.close()
        }
        await files.rename(temporary, path)
      } catch (error) {
        await files.remove(temporary)
        throw error
      } finally {
        underWay.delete(temporary)
      }
      await files.syncDir(dirname(path))
    },

    async overwriteFile(path, bytes, mode) {
      const file = await files.open(path, 'update')
      if (file === undefined) return disk.writeFileAtomic(path, bytes, mode)
      try {
        await file.write(bytes)
        await file.sync()
      } finally {
        await file.close()
      }
    },

    remove: path => files.remove(path),

    async list(path) {
      const names = (await files.list(path)) ?? []
      const left = names.map(name => join(path, name)).filter(file => file.endsWith(TEMPORARY_SUFFIX))
      // What an interrupted write left has no reader: one process alone uses a data directory.
      await Promise.all(left.filter(file => !underWay.has(file)).map(file => files.remove(file)))
      return names.filter(name => !name.endsWith(TEMPORARY_SUFFIX)).toSorted()
    },

    mode: path => files.mode(path),
  }
  return disk
}
