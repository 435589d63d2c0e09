import { type Digest, digestOf } from '../../actors/vocabulary/canonical/digest.ts'
import type { ResolvedPolicy } from '../../actors/vocabulary/group-plan.ts'
import type { Pins, Revision } from '../../actors/vocabulary/revision.ts'
import type { Entries, ManifestDocument } from '../manifest/manifest-document.ts'

/** The newest declared version of a path: its entries by digest, or the tombstone that a removal left. */
export type Head =
  | { readonly version: number; readonly digest: Digest }
  | { readonly version: number; readonly tombstone: true }

/**
 * What a group's bundle is made of: the layered paths in order (a later one overrides) and the version of
 * each. The order belongs to it: a rollback restores both.
 */
export interface PinVector {
  readonly sets: readonly string[]
  readonly pins: Pins
}

/** A vector that the group committed. */
export interface Committed extends PinVector {
  readonly revision: Revision
  readonly digest: Digest
}

export interface ObservedGroup {
  /** The declared sets, in order. After a rollback they may differ from what `current` layers. */
  readonly sets: readonly string[]
  /** Name of its policy, a key of `Observed.policies`. */
  readonly policy: string
  readonly committed: Committed | null
  /**
   * What the next change starts from: the committed vector, or that of a newer revision that was not taken
   * back.
   */
  readonly current: PinVector
  /** The highest revision ever given out, 0 before the first. */
  readonly lastRevision: Revision
}

/**
 * The state that a plan starts from. Plain data: the same facts in another order of keys give the same plan.
 */
export interface Observed {
  readonly heads: Readonly<Record<string, Head>>
  readonly groups: Readonly<Record<string, ObservedGroup>>
  /** Declared policies and the built-in ones, by name. */
  readonly policies: Readonly<Record<string, ResolvedPolicy>>
}

/**
 * What a job wants. Its documents may stand in `documents` (not yet declared: a dry run) or, once the observed
 * state holds what they say, in `touched` and `relayered`: both give the same plan, byte for byte.
 */
export interface Desired {
  readonly documents: readonly ManifestDocument[]
  /** Paths whose head the job already moved, by declaring or by removing, or declared anew as it was. */
  readonly touched: readonly string[]
  /** Groups that the job already made, or whose list of sets it already changed; not those with another policy. */
  readonly relayered: readonly string[]
  /** Paths that the job removes and whose tombstone is not yet the head. */
  readonly removed: readonly string[]
}

/**
 * The entries of a version by their digest; undefined when they are not at hand (the plan is then refused).
 */
export type EntriesOf = (digest: Digest) => Entries | undefined

/** Stands for the entries of a tombstone: a removed path contributes nothing. Callers need not hold it. */
export const NO_ENTRIES: Entries = {}
export const NO_ENTRIES_DIGEST = digestOf({})

/** A group by its name; own keys only, since `constructor` is a good name for a group. */
export function observedIn(observed: Observed, group: string): ObservedGroup | undefined {
  return Object.hasOwn(observed.groups, group) ? observed.groups[group] : undefined
}
