import { existsSync, readFileSync } from 'node:fs'

/** One snapshot as one instance of a process observed it. */
export interface Sighting {
  readonly instance: string
  readonly group: string
  readonly revision: number
  readonly activation: number
  readonly digest: string
}

/** All that a process wrote down, in order; a line that its death cut short does not count. */
export function readSightings(file: string): readonly Sighting[] {
  if (!existsSync(file)) return []
  const lines = readFileSync(file, 'utf8').split('\n')
  // What stands after the last line break was not written wholly.
  return lines.slice(0, -1).map(line => JSON.parse(line) as Sighting)
}
