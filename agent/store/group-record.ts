import type { Generation, Revision } from '../../actors/vocabulary/revision.ts'

/**
 * A generation with the timeline that announced it. Central restored from a backup starts a new timeline and may use
 * a revision again with another content: only within a timeline is a revision a name.
 */
export interface HeldGeneration extends Generation {
  readonly timeline: number
}

/** `pending`: processes still owe an acknowledgement, or may come to. */
export type Outcome = 'pending' | 'applied' | 'rejected'

export interface ActiveGeneration extends HeldGeneration {
  readonly activation: number
  readonly outcome: Outcome
}

/** A revision that this node does not activate (again) until an admin retries. */
export interface Refusal {
  readonly timeline: number
  readonly revision: Revision
  readonly reason: string
  /** True when the node took itself back from it: it is not run here even while the group keeps it. */
  readonly quarantined: boolean
}

/** What central signed as committed: kept word for word, so that it can be passed on to a peer that cannot hear it. */
export interface CommittedProof extends HeldGeneration {
  readonly epoch: number
  /** Ed25519 over the statement, 64 bytes; verified before it got here. */
  readonly signature: Uint8Array
}

/**
 * Registrations that an activation pinned, by process. They end by acknowledgement, `bye` or an admin, and by no
 * restart of the agent: when the same generation is activated again before anything was decided, they are owed still.
 */
export interface PinnedDebts extends Pick<Generation, 'revision' | 'digest'> {
  readonly owed: readonly { readonly process: string; readonly instances: number }[]
}

/** Processes whose debts outlive a restart; of more, those that registered first. It bounds the record. */
export const PINNED_PROCESSES_MAX = 64

/** The durable truth of one group on this node. Whatever is told to anyone follows from a record that is on disk. */
export interface GroupRecord {
  readonly group: string
  /** False once the node was removed from the group; only the activation number is kept then. */
  readonly member: boolean
  /** The highest activation number ever given out: numbers are never used twice, also not across crashes. */
  readonly activation: number
  readonly active: ActiveGeneration | null
  /** The last generation that was applied here: what a restart serves. May be the active one. */
  readonly good: HeldGeneration | null
  /** What was applied before `good`: where the node goes when `good` itself turns out bad. */
  readonly previous: HeldGeneration | null
  /** What central last wanted, for the report until it says so anew. */
  readonly committed: HeldGeneration | null
  readonly candidate: HeldGeneration | null
  /** The newest proof of what the group committed, from central or from a peer. */
  readonly proof: CommittedProof | null
  readonly refused: readonly Refusal[]
  /** Of the active generation, or of the one that a restart took the node back from; null once it was decided. */
  readonly pinned: PinnedDebts | null
  /** The highest retry counter that was honoured, and the timeline that counted it. */
  readonly retry: number
  readonly retryTimeline: number
  readonly fallback: { readonly from: Revision; readonly reason: string } | null
}

/** Verdicts kept for one group; the oldest go first. */
export const REFUSALS_MAX = 64

export function emptyRecord(group: string, activation = 0): GroupRecord {
  return {
    group,
    member: true,
    activation,
    active: null,
    good: null,
    previous: null,
    committed: null,
    candidate: null,
    proof: null,
    refused: [],
    pinned: null,
    retry: 0,
    retryTimeline: 0,
    fallback: null,
  }
}

/** Whether two generations are one: the same number and the same content, whoever announced them. */
export function sameGeneration(one: Generation | null, other: Generation | null): boolean {
  if (one === null || other === null) return one === other
  return one.revision === other.revision && one.digest === other.digest
}

export function refusalOf(record: GroupRecord, generation: HeldGeneration): Refusal | undefined {
  return record.refused.find(
    refusal => refusal.revision === generation.revision && refusal.timeline === generation.timeline,
  )
}

/** The record with one more refusal; an earlier one of the same revision is replaced. */
export function withRefusal(
  record: GroupRecord,
  generation: HeldGeneration,
  reason: string,
  quarantined: boolean,
): GroupRecord {
  const { timeline, revision } = generation
  const others = record.refused.filter(one => one.revision !== revision || one.timeline !== timeline)
  return { ...record, refused: [...others, { timeline, revision, reason, quarantined }].slice(-REFUSALS_MAX) }
}

export function sameProof(one: CommittedProof | null, other: CommittedProof | null): boolean {
  if (one === null || other === null) return one === other
  return sameGeneration(one, other) && one.timeline === other.timeline && one.epoch === other.epoch
}

/** Every generation that the record names: what must not be collected. */
export function generationsOf(record: GroupRecord): readonly HeldGeneration[] {
  const { active, good, previous, committed, candidate, proof } = record
  return [active, good, previous, committed, candidate, proof].filter(generation => generation !== null)
}

/** Negative, zero or positive, as `one` was committed before, is, or was committed after `other`. */
export function compareGenerations(one: RevisionInTime, other: RevisionInTime): number {
  return one.timeline - other.timeline || one.revision - other.revision
}

type RevisionInTime = Pick<HeldGeneration, 'timeline' | 'revision'>
