import { type FileHandle, chmod, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import type { FileSystem, OpenFile } from '../file-system.ts'

/** The operating system's file system. */
export const nodeFileSystem: FileSystem = {
  makeDir: (path, mode) => mkdir(path, { recursive: true, mode }),
  changeMode: (path, mode) => chmod(path, mode),
  async open(path, how) {
    const handle = await orUndefined(open(path, how === 'read' ? 'r' : 'r+'))
    return handle && openFile(handle)
  },
  create: async (path, mode) => openFile(await open(path, 'w', mode)),
  rename,
  remove: path => rm(path, { force: true }),
  list: path => orUndefined(readdir(path)),
  async mode(path) {
    const found = await orUndefined(stat(path))
    return found === undefined ? undefined : found.mode & 0o777
  },
  async syncDir(path) {
    const directory = await open(path, 'r')
    try {
      await directory.sync()
    } finally {
      await directory.close()
    }
  },
}

function openFile(handle: FileHandle): OpenFile {
  return {
    size: async () => (await handle.stat()).size,
    read: () => handle.readFile(),
    async write(bytes) {
      for (let at = 0; at < bytes.length;)
        at += (await handle.write(bytes, at, bytes.length - at, at)).bytesWritten
    },
    // The data, and of the rest what reading it back needs: its size, when it grew.
    sync: () => handle.datasync(),
    close: () => handle.close(),
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
