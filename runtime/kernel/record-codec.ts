import type { CborValue } from '../../actors/vocabulary/canonical/cbor-value.ts'
import { decodeCanonical } from '../../actors/vocabulary/canonical/decode-cbor.ts'
import { encodeCanonical } from '../../actors/vocabulary/canonical/encode-canonical.ts'
import { assertFoldVersion, FOLD_VERSION } from './fold-version.ts'
import type { Input, Output } from './input.ts'

/** What one record was folded from. */
export interface Batch {
  /** The version that it was folded as. */
  readonly fold: number
  readonly inputs: readonly Input[]
}

/** A batch of inputs as the payload of a journal record. */
export function encodeInputs(inputs: readonly Input[], fold = FOLD_VERSION): Uint8Array {
  return encodeCanonical({
    fold,
    inputs: inputs.map(({ route, by, scopes, body, trace }) =>
      trace === undefined ? { route, by, scopes, body } : { route, by, scopes, body, trace },
    ),
  })
}

/** What a payload holds; refuses (`KONOR_KERNEL_FOLD_VERSION`) what a newer program folded. */
export function decodeBatch(payload: Uint8Array): Batch {
  const batch = decodeCanonical(payload) as unknown as Batch
  assertFoldVersion(batch.fold, 'the journal')
  return batch
}

/** The inputs of a payload alone; refuses what `decodeBatch` does. */
export function decodeInputs(payload: Uint8Array): readonly Input[] {
  return decodeBatch(payload).inputs
}

export function encodeOutputs(outputs: readonly Output[]): Uint8Array {
  return encodeCanonical(outputs as unknown as CborValue)
}

export function decodeOutputs(bytes: Uint8Array): readonly Output[] {
  return decodeCanonical(bytes) as unknown as Output[]
}
