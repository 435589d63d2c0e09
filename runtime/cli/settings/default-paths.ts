import { homedir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'

type Environment = Readonly<Record<string, string | undefined>>

/**
 * Where programs keep their data unless told: the system's place as root, the user's otherwise. A central and an agent
 * may share it: the agent keeps to a folder of its own in it.
 */
export function defaultDataDir(environment: Environment): string {
  if (process.getuid?.() === 0) return '/var/lib/konor'
  return join(environment['XDG_DATA_HOME'] || join(homedir(), '.local', 'share'), 'konor')
}

/** The file of saved contexts. */
export function contextsFile(environment: Environment): string {
  return join(environment['XDG_CONFIG_HOME'] || join(homedir(), '.config'), 'konor', 'contexts.json')
}
