import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { rm, stat } from 'node:fs/promises'
import { type Server, connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Gives the directory back. Calling it twice does nothing more. */
export type ReleaseDirectory = () => Promise<void>

/**
 * Claims a directory for this process alone, for as long as it lives: a Unix socket whose name is made of the
 * directory's device and inode is bound, so that two paths to one directory are one claim, and the kernel ends it with
 * the process however that dies. On Linux the socket is abstract and leaves nothing behind; its names are those of
 * one network namespace. Undefined when another living process has claimed it.
 */
export async function claimDirectory(path: string): Promise<ReleaseDirectory | undefined> {
  const { dev, ino } = await stat(path)
  const name = `konor-${createHash('sha256').update(`${dev}:${ino}`).digest('hex').slice(0, 32)}`
  if (process.platform === 'linux') return releaseOf(await bind(`\0${name}`))
  const file = join(tmpdir(), name)
  const bound = await bind(file)
  if (bound !== undefined || (await isAlive(file))) return releaseOf(bound)
  await rm(file, { force: true })
  return releaseOf(await bind(file))
}

async function bind(name: string): Promise<Server | undefined> {
  const server = createServer(socket => socket.destroy())
  server.unref()
  server.listen(name)
  try {
    await once(server, 'listening')
    return server
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') return undefined
    throw error
  }
}

async function isAlive(file: string): Promise<boolean> {
  const socket = connect(file)
  try {
    await once(socket, 'connect')
    return true
  } catch {
    // Nobody accepts there: the file was left by a process that died.
    return false
  } finally {
    socket.destroy()
  }
}

function releaseOf(server: Server | undefined): ReleaseDirectory | undefined {
  if (server === undefined) return undefined
  return async () => {
    if (!server.listening) return
    server.close()
    await once(server, 'close')
  }
}
