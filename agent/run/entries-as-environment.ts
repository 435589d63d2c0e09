import type { CborValue } from '../../actors/vocabulary/canonical/cbor-value.ts'
import { KonorError } from '../../actors/vocabulary/errors/konor-error.ts'

/** What Linux takes for one `NAME=value` (MAX_ARG_STRLEN, with its NUL). */
export const VARIABLE_MAX_BYTES = 128 * 1024 - 1
/** Room for all variables: half of what Linux gives arguments and environment with the usual 8 MiB stack. */
export const ENVIRONMENT_MAX_BYTES = 1024 * 1024

export type Entries = Readonly<Record<string, CborValue>>

/**
 * The name of a key as a variable: upper case, `-` and `.` as `_`; a leading digit gets a `_` in front. Two keys may
 * become one name, which `entriesAsVariables` refuses.
 */
export function variableName(key: string): string {
  const name = key.toUpperCase().replaceAll(/[^A-Z0-9_]/g, '_')
  return /^[0-9]/.test(name) ? `_${name}` : name
}

/** Text as it is, everything else as JSON; a `$secret` reference so stays what it is, for its reader to resolve. */
export function variableText(value: CborValue): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** Entries as variables, sorted by name. Throws `KONOR_RUN_ENV_COLLISION` when two keys become one name. */
export function entriesAsVariables(entries: Entries): Map<string, string> {
  const keyOf = new Map<string, string>()
  for (const key of Object.keys(entries).sort()) {
    const name = variableName(key)
    const other = keyOf.get(name)
    if (other !== undefined) {
      const message = `the keys ${other} and ${key} both become ${name}: rename one of them`
      throw new KonorError('KONOR_RUN_ENV_COLLISION', message, { details: { name, keys: [other, key] } })
    }
    keyOf.set(name, key)
  }
  const names = [...keyOf].sort(([a], [b]) => (a < b ? -1 : 1))
  return new Map(names.map(([name, key]) => [name, variableText(entries[key] ?? null)]))
}

/** The variables for a child. Throws also `KONOR_RUN_ENV_INVALID` for what an environment cannot hold. */
export function entriesAsEnvironment(entries: Entries): Record<string, string> {
  const variables = entriesAsVariables(entries)
  let totalBytes = 0
  for (const [name, text] of variables) {
    const sizeBytes = Buffer.byteLength(name) + 1 + Buffer.byteLength(text)
    totalBytes += sizeBytes + 1
    if (text.includes('\0')) throw invalid(`${name} holds a NUL`)
    if (sizeBytes > VARIABLE_MAX_BYTES)
      throw invalid(`${name} takes ${sizeBytes} bytes of ${VARIABLE_MAX_BYTES}`)
  }
  if (totalBytes > ENVIRONMENT_MAX_BYTES)
    throw invalid(`they take ${totalBytes} bytes of ${ENVIRONMENT_MAX_BYTES}`)
  return Object.fromEntries(variables)
}

function invalid(what: string): KonorError {
  return new KonorError('KONOR_RUN_ENV_INVALID', `entries cannot be variables: ${what}; use --file`)
}
