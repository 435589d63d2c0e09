import { homedir, hostname } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'

type Environment = Readonly<Record<string, string | undefined>>

/** Where a program keeps its data unless told: the system's place as root, the user's otherwise. */
export function defaultDataDir(program: 'central' | 'agent', environment: Environment): string {
  if (process.getuid?.() === 0) return join('/var/lib/konor', program)
  return join(environment['XDG_DATA_HOME'] || join(homedir(), '.local', 'share'), 'konor', program)
}

/** The file of saved contexts. */
export function contextsFile(environment: Environment): string {
  return join(environment['XDG_CONFIG_HOME'] || join(homedir(), '.config'), 'konor', 'contexts.json')
}

/** The name of this host as a node's name: lower case, and only what a name may have. */
export function defaultNodeName(): string {
  const name = hostname()
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, '-')
    .slice(0, 128)
  return name.replace(/^[^a-z0-9]+|[^a-z0-9]+$/g, '') || 'node'
}
