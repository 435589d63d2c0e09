import { join } from 'node:path'

/** What the default path depends on, as the host gives it. */
export interface SocketHost {
  readonly environment: Readonly<Record<string, string | undefined>>
  /** The user id; undefined where the system has none. */
  readonly uid: number | undefined
}

const ROOT_PATH = '/run/konor/konor.sock'

/** `/run/konor/konor.sock` as root, `$XDG_RUNTIME_DIR/konor.sock` otherwise, `/tmp/konor-UID.sock` without that. */
export function defaultSocketPath({ environment, uid }: SocketHost): string {
  if (uid === 0) return ROOT_PATH
  const folder = environment['XDG_RUNTIME_DIR']
  return folder ? join(folder, 'konor.sock') : `/tmp/konor-${uid ?? 'user'}.sock`
}

/** `KONOR_SOCKET`, or the default. */
export function chosenSocketPath(host: SocketHost): string {
  return host.environment['KONOR_SOCKET'] || defaultSocketPath(host)
}

/** The host that this process runs on. */
export function thisSocketHost(): SocketHost {
  return { environment: process.env, uid: process.getuid?.() }
}
