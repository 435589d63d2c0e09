import type { CborValue } from '../../actors/vocabulary/canonical/cbor-value.ts'

/**
 * A lower bound of a value's canonical size, found without encoding it: refuses what is far too large before
 * memory is taken for it. At most nine times less than the true size.
 */
export function atLeastBytes(value: CborValue): number {
  if (typeof value === 'string' || value instanceof Uint8Array) return 1 + value.length
  if (typeof value !== 'object' || value === null) return 1
  let sizeBytes = 1
  if (Array.isArray(value)) {
    for (const item of value as readonly CborValue[]) sizeBytes += atLeastBytes(item)
    return sizeBytes
  }
  const map = value as Readonly<Record<string, CborValue>>
  for (const key of Object.keys(map)) sizeBytes += 1 + key.length + atLeastBytes(map[key] ?? null)
  return sizeBytes
}
