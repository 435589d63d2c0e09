/**
 * What canonical CBOR can hold: JSON plus byte strings. Integers beyond 2^53, NaN, infinities, -0 and
 * `undefined` are refused, so that one value has one encoding and one digest.
 */
export type CborValue =
  | null
  | boolean
  | number
  | string
  | Uint8Array
  | readonly CborValue[]
  | { readonly [key: string]: CborValue }
