import type { Address } from '../../actors/vocabulary/address.ts'
import type { CborValue } from '../../actors/vocabulary/canonical/cbor-value.ts'
import { type Json, jsonOf } from '../journal/json-of.ts'
import { redactSecrets } from './redact-secrets.ts'

/** The data of an event as it may be shown: JSON, with proofs of secrets redacted. */
export function shownData(
  address: Address,
  data: Readonly<Record<string, CborValue>>,
): Readonly<Record<string, Json>> {
  const shown = redactSecrets(address, data as CborValue) as Readonly<Record<string, CborValue>>
  return Object.fromEntries(Object.entries(shown).map(([key, value]) => [key, jsonOf(value)]))
}
