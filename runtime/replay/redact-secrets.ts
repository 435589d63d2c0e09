import { type Address, kindOf } from '../../actors/vocabulary/address.ts'
import type { CborValue } from '../../actors/vocabulary/canonical/cbor-value.ts'

export const REDACTED = '[redacted]'

/**
 * Fields of contexts and inputs that prove the knowledge of a secret. The state holds no secret in the clear, only
 * digests; who can compare those can test guesses, so they stay where they are needed.
 */
const PROOFS: Readonly<Record<string, ReadonlySet<string>>> = {
  token: new Set(['secretDigest']),
  // API keys: their ids and scopes are public, their digests are not.
  cluster: new Set(['digest']),
}

/** A context as it may be shown: a copy in which proofs of secrets are replaced. */
export function redactSecrets(address: Address, context: CborValue): CborValue {
  const proofs = PROOFS[kindOf(address)]
  return proofs === undefined ? context : redacted(context, proofs)
}

function redacted(value: CborValue, proofs: ReadonlySet<string>): CborValue {
  if (value === null || typeof value !== 'object' || value instanceof Uint8Array) return value
  if (Array.isArray(value)) return (value as readonly CborValue[]).map(item => redacted(item, proofs))
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      proofs.has(key) && typeof inner === 'string' ? REDACTED : redacted(inner, proofs),
    ]),
  )
}
