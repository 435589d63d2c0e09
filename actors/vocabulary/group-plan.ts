import type { CborValue } from './canonical/cbor-value.ts'
import type { Digest } from './canonical/digest.ts'
import type { Pins, Revision } from './revision.ts'

/** What a revision of a group is made of, without its number. */
export interface Content {
  readonly digest: Digest
  readonly sizeBytes: number
  /** The layered paths in order, a later one overriding an earlier: a rollback restores the order too. */
  readonly sets: readonly string[]
  readonly pins: Pins
}

/** A policy as a rollout uses it: the chart that decides, and its options with every default filled in. */
export interface ResolvedPolicy {
  readonly name: string
  /** The chart: `policy:strong@1`. */
  readonly chart: string
  readonly digest: Digest
  readonly options: Readonly<Record<string, CborValue>>
}

/** What a compiled plan says about one group; a rollout is born from it. */
export interface GroupPlan extends Content {
  readonly group: string
  /** Committed revision that it was compiled against; another one makes the plan stale. */
  readonly base: Revision | null
  readonly policy: ResolvedPolicy
}

export type Outcome = 'pending' | 'committed' | 'rolled-back' | 'aborted' | 'unchanged' | 'failed'
