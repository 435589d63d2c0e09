import { lstatSync, mkdirSync, renameSync, type Stats, unlinkSync } from 'node:fs'
import { connect } from 'node:net'
import { dirname } from 'node:path'
import { KonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import { defaultSocketPath, thisSocketHost } from './default-socket-path.ts'

/** What `sockaddr_un` holds on the smallest of the usual systems, without its NUL. */
const PATH_MAX_BYTES = 103
const FOLDER_MODE = 0o755

/**
 * Makes `path` free to be bound: creates the folder of the default path, removes the socket file of an agent that is
 * dead, and refuses with `KONOR_SOCKET_IN_USE` when somebody answers there. Anything that is not a socket is left
 * alone (`KONOR_SOCKET_PATH_INVALID`).
 */
export async function claimSocketPath(path: string): Promise<void> {
  if (Buffer.byteLength(path) > PATH_MAX_BYTES) {
    throw pathInvalid(path, `is longer than the ${PATH_MAX_BYTES} bytes that a socket path may have`)
  }
  if (path === defaultSocketPath(thisSocketHost())) makeFolder(path)
  const found = statOf(path)
  if (found === undefined) return
  if (!found.isSocket()) throw pathInvalid(path, 'is not a socket')
  if (await answers(path)) throw inUse(path)
  removeDead(path, found)
}

/** Refusal for a path that another agent serves. */
export function inUse(path: string, cause?: unknown): KonorError {
  const message = `another agent serves ${path}: stop it, or choose another --socket`
  return new KonorError('KONOR_SOCKET_IN_USE', message, { cause, details: { path } })
}

/** Refusal for a path that cannot hold a socket. */
export function pathInvalid(path: string, why: string, cause?: unknown): KonorError {
  return new KonorError('KONOR_SOCKET_PATH_INVALID', `${path} ${why}`, { cause, details: { path } })
}

/**
 * Between the look and the removal another agent may have put its own live socket there. The file is moved aside first
 * and only removed when it is the one that was found dead; otherwise it goes back.
 */
function removeDead(path: string, dead: Stats): void {
  const aside = `${path}.${process.pid}.dead`
  renameSync(path, aside)
  const moved = lstatSync(aside)
  if (moved.ino !== dead.ino || moved.dev !== dead.dev) {
    renameSync(aside, path)
    throw inUse(path)
  }
  unlinkSync(aside)
}

function makeFolder(path: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: FOLDER_MODE })
  } catch (cause) {
    throw pathInvalid(path, 'has a folder that cannot be made: give --socket another path', cause)
  }
}

function statOf(path: string): Stats | undefined {
  try {
    return lstatSync(path)
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined
    throw pathInvalid(path, 'cannot be looked at', cause)
  }
}

/** Whether somebody accepts connections there. A full backlog or a refused permission is a living one too. */
function answers(path: string): Promise<boolean> {
  return new Promise(resolve => {
    const probe = connect(path)
    probe.once('connect', () => {
      probe.destroy()
      resolve(true)
    })
    probe.once('error', error => {
      const code = 'code' in error ? error.code : undefined
      resolve(code !== 'ECONNREFUSED' && code !== 'ENOENT')
    })
  })
}
