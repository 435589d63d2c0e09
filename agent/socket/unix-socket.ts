import { chmodSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import type { KonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import type { DialLocal, ListenLocal } from '../../runtime/ports/local-stream.ts'
import { claimSocketPath, inUse, pathInvalid } from './claim-socket-path.ts'

const SOCKET_MODE = 0o660
/** Connections that the kernel may hold until they are accepted; beyond it connecting fails (EAGAIN on Linux). */
const BACKLOG = 4_096

export const dialUnixSocket: DialLocal = path => connect(path)

/**
 * Listens on a Unix socket with mode 0660; its file goes away with it. Throws `KONOR_SOCKET_IN_USE` when a living agent
 * serves the path, `KONOR_SOCKET_PATH_INVALID` when nothing can be made there.
 */
export const listenUnixSocket: ListenLocal = async ({ path, onStream, onError }) => {
  await claimSocketPath(path)
  const server = createServer(onStream)
  await new Promise<void>((resolve, reject) => {
    server.once('error', cause => reject(listenFailure(path, cause)))
    bindWithMode(() => server.listen({ path, backlog: BACKLOG }, resolve))
  })
  chmodSync(path, SOCKET_MODE)
  server.on('error', onError)
  return () => new Promise<void>(resolve => server.close(() => resolve()))
}

/** The socket file is never wider than its mode, not even between bind and chmod: bind happens inside the call. */
function bindWithMode(bind: () => void): void {
  let before: number | undefined
  try {
    before = process.umask(0o777 & ~SOCKET_MODE)
  } catch {
    // A worker thread may not change it; the mode is set right after binding there.
  }
  try {
    bind()
  } finally {
    if (before !== undefined) process.umask(before)
  }
}

function listenFailure(path: string, cause: NodeJS.ErrnoException): KonorError {
  if (cause.code === 'EADDRINUSE') return inUse(path, cause)
  return pathInvalid(
    path,
    `cannot be a socket (${cause.code ?? cause.message}): choose another --socket`,
    cause,
  )
}
