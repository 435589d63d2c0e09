import type { Digest } from './canonical/digest.ts'
import type { ProgressPhase, Progress } from './report.ts'
import type { Revision } from './revision.ts'

/**
 * How far the nodes of a group have come with one revision: counters only, so that a rollout to 10,000 nodes copies
 * twelve numbers and not a map. `…Offline` are the offline ones among them; nodes in no other counter are pending.
 */
export interface Counts {
  readonly nodes: number
  readonly offline: number
  /** Absent where a rollout of fold version 1 counts: to that, whoever fetches the revision is pending. */
  readonly staging?: number
  readonly stagingOffline?: number
  readonly staged: number
  readonly stagedOffline: number
  readonly activated: number
  readonly activatedOffline: number
  readonly applied: number
  readonly appliedOffline: number
  readonly rejected: number
  readonly rejectedOffline: number
}

/** What a rollout of fold version 1 begins with. */
export const NO_COUNTS_1: Counts = {
  nodes: 0,
  offline: 0,
  staged: 0,
  stagedOffline: 0,
  activated: 0,
  activatedOffline: 0,
  applied: 0,
  appliedOffline: 0,
  rejected: 0,
  rejectedOffline: 0,
}

export const NO_COUNTS: Counts = { ...NO_COUNTS_1, staging: 0, stagingOffline: 0 }

/** What of a subscription counts. */
export interface Standing {
  readonly offline: boolean
  readonly active: Revision | null
  /** Of what is active; null when the agent said none. */
  readonly digest: Digest | null
  readonly progress: Progress | null
}

/** A revision by its number and what it holds: after a restore from a backup the number alone may mean another one. */
export interface Numbered {
  readonly revision: Revision
  readonly digest: Digest
}

/** How far a subscription has come with a revision; before it heard of it, or with another one, it is pending. */
export function phaseFor(
  { active, digest, progress }: Standing,
  wanted: Numbered,
): ProgressPhase | 'pending' {
  if (progress === null || progress.revision !== wanted.revision) return 'pending'
  const isNamesake = active === wanted.revision && digest !== null && digest !== wanted.digest
  return isNamesake ? 'pending' : progress.phase
}

/** The counters after a subscription went from one standing to another; null: it was not, or no longer is, counted. */
export function recount(
  counts: Counts,
  wanted: Numbered,
  before: Standing | null,
  after: Standing | null,
): Counts {
  const next = { ...counts }
  if (before !== null) add(next, wanted, before, -1)
  if (after !== null) add(next, wanted, after, 1)
  return next
}

function add(
  counts: { -readonly [name in keyof Counts]: number },
  wanted: Numbered,
  of: Standing,
  by: 1 | -1,
): void {
  counts.nodes += by
  if (of.offline) counts.offline += by
  const phase = phaseFor(of, wanted)
  const known = phase === 'pending' ? undefined : counts[phase]
  if (phase === 'pending' || known === undefined) return
  counts[phase] = known + by
  if (of.offline) counts[`${phase}Offline`] = (counts[`${phase}Offline`] ?? 0) + by
}

/** Nodes that hold the revision or rejected it. */
export function held(counts: Counts): number {
  return counts.staged + counts.activated + counts.applied + counts.rejected
}

/** Offline nodes that were offered the revision: they stay in the denominator, as failed, until they return. */
export function offeredOffline(counts: Counts): number {
  const { stagingOffline = 0, stagedOffline, activatedOffline, appliedOffline, rejectedOffline } = counts
  return stagingOffline + stagedOffline + activatedOffline + appliedOffline + rejectedOffline
}
