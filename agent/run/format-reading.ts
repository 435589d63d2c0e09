import { stringify } from 'yaml'
import { variableText } from './entries-as-environment.ts'
import type { GroupReading } from './group-reading.ts'

/** The output formats of the command line. */
export type ReadFormat = 'table' | 'wide' | 'json' | 'jsonl' | 'yaml' | 'name'

/**
 * A reading as text. One key alone: its text as it is (`table`, `wide`, `name`) or `{ group, key, revision, value }`.
 * The whole group: a line a key, the keys alone (`name`), or everything (`json`, `jsonl`, `yaml`).
 */
export function formatReading(reading: GroupReading, key: string | undefined, format: ReadFormat): string {
  const value = key === undefined ? undefined : (reading.values[key] ?? null)
  const one = { group: reading.group, key, revision: reading.revision, value }
  switch (format) {
    case 'json':
      return `${JSON.stringify(key === undefined ? reading : one, null, 2)}\n`
    case 'jsonl':
      return `${JSON.stringify(key === undefined ? reading : one)}\n`
    case 'yaml':
      return stringify(key === undefined ? reading : one)
    case 'name':
      return key === undefined
        ? lines(Object.keys(reading.values).sort())
        : `${variableText(value ?? null)}\n`
    case 'table':
    case 'wide':
      return key === undefined ? tableOf(reading, format === 'wide') : `${variableText(value ?? null)}\n`
  }
}

function tableOf(reading: GroupReading, wide: boolean): string {
  const keys = Object.keys(reading.values).sort()
  const width = Math.max(3, ...keys.map(key => key.length))
  const rows = keys.map(key => `${key.padEnd(width)}  ${variableText(reading.values[key] ?? null)}`)
  const { group, revision, digest, activation, stale } = reading
  const head = `# ${group} revision ${revision}${stale ? ' (stale)' : ''}`
  const more = wide ? [`# activation ${activation}, digest ${digest}`] : []
  return lines([head, ...more, `${'KEY'.padEnd(width)}  VALUE`, ...rows])
}

function lines(texts: readonly string[]): string {
  return texts.map(text => `${text}\n`).join('')
}
