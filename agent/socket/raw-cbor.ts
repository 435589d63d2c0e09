import { encodeCanonical } from '../../actors/vocabulary/canonical/encode-canonical.ts'

const MAP = 0xa0
/** Counts below this stand in the head byte itself. */
const INLINE_COUNT_MAX = 23

/**
 * A CBOR map of text keys whose values are already encoded, in the order given. A bundle is stored as the CBOR map that
 * goes to the processes: it is put into frames as it stands instead of being decoded and encoded again for each.
 */
export function rawCborMap(entries: readonly (readonly [key: string, value: Uint8Array])[]): Uint8Array {
  const parts: Uint8Array[] = [headOf(entries.length)]
  for (const [key, value] of entries) parts.push(encodeCanonical(key), value)
  return Buffer.concat(parts)
}

/** `map`, an encoded map with fewer than 23 entries, with one entry more at its end. */
export function appendToCborMap(map: Uint8Array, key: string, value: Uint8Array): Uint8Array {
  const head = map[0] ?? 0
  const grown = Buffer.concat([map, encodeCanonical(key), value])
  grown[0] = head + 1
  return grown
}

function headOf(count: number): Uint8Array {
  return count <= INLINE_COUNT_MAX ? Uint8Array.of(MAP | count) : Uint8Array.of(MAP | 24, count)
}
