import { hash } from 'node:crypto'
import type { CborValue } from './cbor-value.ts'
import { encodeCanonical } from './encode-canonical.ts'

/** SHA-256 as 64 lower-case hexadecimal digits. */
export type Digest = string & { readonly __digest: never }

/** The digest of bytes as they stand. */
export function digestOfBytes(bytes: Uint8Array): Digest {
  return hash('sha256', bytes, 'hex') as Digest
}

/** The digest of a value's canonical form: equal values have equal digests, on every machine. */
export function digestOf(value: CborValue): Digest {
  return digestOfBytes(encodeCanonical(value))
}

export function isDigest(text: string): text is Digest {
  return /^[0-9a-f]{64}$/.test(text)
}
