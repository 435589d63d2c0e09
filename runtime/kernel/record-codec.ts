import type { CborValue } from '../../actors/vocabulary/canonical/cbor-value.ts'
import { decodeCanonical } from '../../actors/vocabulary/canonical/decode-cbor.ts'
import { encodeCanonical } from '../../actors/vocabulary/canonical/encode-canonical.ts'
import { KonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import type { Input, Output } from './input.ts'

/**
 * Version of the fold: charts, guards, routes and canonical form together. Raised by every change that could make the
 * same records fold to other bytes; a golden journal of every version replays in the tests.
 */
export const FOLD_VERSION = 1

/** A batch of inputs as the payload of a journal record. */
export function encodeInputs(inputs: readonly Input[]): Uint8Array {
  return encodeCanonical({
    fold: FOLD_VERSION,
    inputs: inputs.map(({ route, by, scopes, body, trace }) =>
      trace === undefined ? { route, by, scopes, body } : { route, by, scopes, body, trace },
    ),
  })
}

/** The inputs of a payload; refuses (`KONOR_KERNEL_FOLD_VERSION`) what a newer program folded. */
export function decodeInputs(payload: Uint8Array): readonly Input[] {
  const { fold, inputs } = decodeCanonical(payload) as unknown as { fold: number; inputs: Input[] }
  assertFoldVersion(fold, 'the journal')
  return inputs
}

/** Refuses what a newer program folded: charts that it needs are not known here. */
export function assertFoldVersion(fold: number, what: string): void {
  if (fold <= FOLD_VERSION) return
  throw new KonorError(
    'KONOR_KERNEL_FOLD_VERSION',
    `${what} needs fold version ${fold}, this program has ${FOLD_VERSION}: upgrade it`,
    { details: { fold, supported: FOLD_VERSION } },
  )
}

export function encodeOutputs(outputs: readonly Output[]): Uint8Array {
  return encodeCanonical(outputs as unknown as CborValue)
}

export function decodeOutputs(bytes: Uint8Array): readonly Output[] {
  return decodeCanonical(bytes) as unknown as Output[]
}
