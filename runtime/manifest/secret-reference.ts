import type { CborValue } from '../../actors/vocabulary/canonical/cbor-value.ts'

/**
 * The one key of a reference to a secret that the reader resolves: `{ $secret: "vault://kv/stripe#webhook"
 * }`.
 */
export const SECRET_KEY = '$secret'
/**
 * The one key of a sealed value: reserved, refused in manifests, so that sealing can come without ambiguity.
 */
export const SEALED_KEY = '$sealed'

export interface SecretReference {
  readonly [SECRET_KEY]: string
}

/** Whether a value is a well-formed secret reference: an object with exactly that one key, holding text. */
export function isSecretReference(value: unknown): value is SecretReference {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const keys = Object.keys(value)
  return keys.length === 1 && keys[0] === SECRET_KEY && typeof (value as SecretReference).$secret === 'string'
}

/** Whether a value is, or holds anywhere, a secret reference. */
export function holdsSecretReference(value: CborValue): boolean {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return false
  if (isSecretReference(value)) return true
  return Object.values(value).some(holdsSecretReference)
}
