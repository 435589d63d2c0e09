import type { CborValue } from '../../actors/vocabulary/canonical/cbor-value.ts'

/** JSON as it is written: what `JSON.stringify` takes. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

/**
 * A value of the journal as JSON. Bytes are `{ "$bytes": BASE64 }`; a map that looks like that is
 * `{ "$map": { … } }`.
 */
export function jsonOf(value: CborValue): Json {
  if (value === null || typeof value !== 'object') return value
  if (value instanceof Uint8Array) return { $bytes: Buffer.from(value).toString('base64') }
  if (Array.isArray(value)) return (value as readonly CborValue[]).map(jsonOf)
  const entries = Object.entries(value).map(([key, inner]) => [key, jsonOf(inner)] as const)
  const map = Object.fromEntries(entries)
  const looksTagged = entries.length === 1 && (entries[0]?.[0] === '$bytes' || entries[0]?.[0] === '$map')
  return looksTagged ? { $map: map } : map
}
