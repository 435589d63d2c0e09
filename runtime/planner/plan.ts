import type { CborValue } from '../../actors/vocabulary/canonical/cbor-value.ts'
import { type Digest, digestOf } from '../../actors/vocabulary/canonical/digest.ts'
import { encodeCanonical } from '../../actors/vocabulary/canonical/encode-canonical.ts'
import type { Generation, Pins, Revision } from '../../actors/vocabulary/revision.ts'

export const PLAN_VERSION = 1

export type PlanKind = 'apply' | 'rollback' | 'retry'

/**
 * What is known of redoing a step: see the step runner. A rollout sets a candidate, as often as one likes.
 */
export type StepClass = 'pure' | 'idempotent-set' | 'compare-and-set' | 'keyed-once' | 'irreversible'

/**
 * What a job will do, as data: a pure function of the desired and the observed. Same input, same bytes, same
 * digest. It covers neither liveness nor time; targets within a group are chosen by its policy at run time.
 */
export interface Plan extends PlanBody {
  /** Over the body: everything but this field and the steps' effect keys, which are made from it. */
  readonly digest: Digest
  readonly steps: readonly PlannedStep[]
}

export interface PlanBody {
  readonly v: typeof PLAN_VERSION
  readonly kind: PlanKind
  /** Heads after the job of the paths that it declares or removes, by path. */
  readonly heads: readonly PlannedHead[]
  /** Groups whose vector moves, by name. */
  readonly groups: readonly PlannedGroup[]
  /** Groups that the job names or touches and that are already where it wants them, by name. */
  readonly unchanged: readonly string[]
  readonly steps: readonly StepBody[]
}

export interface PlannedHead {
  readonly path: string
  readonly version: number
  /** Of its entries; null for a tombstone. */
  readonly digest: Digest | null
}

export interface PlannedGroup {
  readonly group: string
  /** What the group commits from; null before its first. */
  readonly base: { readonly revision: Revision; readonly digest: Digest } | null
  /** The revision and the bundle it will have: the digest, size in bytes, and number of keys. */
  readonly generation: Generation & { readonly keys: number }
  /** For a rollback: the revision whose vector returns. */
  readonly restores: Revision | null
  /** Layered paths in order, and the version of each. */
  readonly sets: readonly string[]
  readonly pins: Pins
  /** Paths whose pin the job was free to move, add or drop, by path. */
  readonly touched: readonly string[]
  readonly policy: { readonly name: string; readonly digest: Digest }
  /** Keys of the bundle against the base. */
  readonly changes: ChangeCounts
  /** Paths whose pin stays behind its head, by path. */
  readonly held: readonly HeldPin[]
}

export interface ChangeCounts {
  readonly added: number
  readonly changed: number
  readonly removed: number
}

/** A pin behind the head of its path; `pinned` is null for a declared set that a rollback keeps out. */
export interface HeldPin {
  readonly path: string
  readonly pinned: number | null
  readonly head: number
}

export interface StepBody {
  readonly id: string
  readonly kind: 'rollout'
  /** `group/NAME`. */
  readonly target: string
  readonly class: StepClass
  /** Ids of steps that must have succeeded before. */
  readonly needs: readonly string[]
}

export interface PlannedStep extends StepBody {
  /** Names the step's effect for ever: the same for every attempt, another for every other plan. */
  readonly effectKey: Digest
}

/** Gives a body its digest and its steps their effect keys. */
export function sealPlan(body: PlanBody): Plan {
  const digest = digestOf(asValue(body))
  const steps = body.steps.map(step => ({ ...step, effectKey: effectKeyOf(digest, step) }))
  return { ...body, digest, steps }
}

/** H(plan, step, target), without an attempt number. */
export function effectKeyOf(planDigest: Digest, step: StepBody): Digest {
  return digestOf([planDigest, step.id, step.target])
}

/** The plan as a value for an input, an answer or a blob. */
export function planValue(plan: Plan): CborValue {
  return asValue(plan)
}

/** The plan's canonical bytes. */
export function encodePlan(plan: Plan): Uint8Array {
  return encodeCanonical(planValue(plan))
}

// Interfaces have no index signature; every field of a plan is JSON, which encoding would refuse to believe
// otherwise.
function asValue(plan: PlanBody): CborValue {
  return plan as unknown as CborValue
}
