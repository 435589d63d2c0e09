import type { Digest } from './canonical/digest.ts'

/** A group's revision: an integer, strictly rising per group, never reused. */
export type Revision = number

/** One immutable version of a ConfigSet, as a group pins it. `digest` names the blob of its entries. */
export interface Pin {
  readonly version: number
  readonly digest: Digest
}

/** Path → pin: what a group's revision is made of. */
export type Pins = Readonly<Record<string, Pin>>

/**
 * A resolved bundle: the canonical CBOR map of a group's effective keys, stored once as a blob by its digest.
 */
export interface Generation {
  readonly revision: Revision
  readonly digest: Digest
  readonly sizeBytes: number
}
