import type { On } from '../vocabulary/chart.ts'
import type { Content, Outcome } from '../vocabulary/group-plan.ts'
import type { GroupContext, GroupEvent, GroupRevision } from './context.ts'

/** Revisions that stay listed and can be rolled back to; older ones are in the journal. */
export const REVISIONS_KEPT_MAX = 100

/** A plan becomes the candidate, with the next number. */
export function beginRollout(context: GroupContext, event: On<GroupEvent, 'ROLL'>): Partial<GroupContext> {
  const { plan, kind, job } = event
  const revision = context.lastRevision + 1
  const candidate: GroupRevision = {
    revision,
    kind,
    job,
    digest: plan.digest,
    sizeBytes: plan.sizeBytes,
    sets: plan.sets,
    pins: plan.pins,
    atMs: event.at.wallMs,
    outcome: 'pending',
  }
  return {
    lastRevision: revision,
    candidate,
    holder: job,
    restoreTo: null,
    reason: null,
    revisions: listed(context.revisions, candidate),
    attempt: { job, digest: plan.digest, seq: event.at.seq, outcome: 'pending' },
  }
}

/** The policy committed the candidate. */
export function commitCandidate(
  context: GroupContext,
  event: On<GroupEvent, 'ROLLOUT_COMMITTED'>,
): Partial<GroupContext> {
  const { candidate } = context
  if (candidate === null) return {}
  const committed: GroupRevision = { ...candidate, outcome: 'committed', atMs: event.at.wallMs }
  return {
    committed,
    previous: context.committed,
    candidate: null,
    superseded: context.tracked,
    tracked: committed.revision,
    revisions: listed(context.revisions, committed),
    attempt: context.attempt && { ...context.attempt, outcome: 'committed' },
  }
}

/** A rollout was undone: before it committed, or after (a `strong` one that failed to apply). */
export function dropCandidate(
  context: GroupContext,
  event: On<GroupEvent, 'ROLLOUT_UNDONE'>,
): Partial<GroupContext> {
  const undone = event.committed ? context.committed : context.candidate
  const outcome: Outcome =
    event.reason === 'aborted' || event.reason === 'cancelled' ? 'aborted' : 'rolled-back'
  return {
    candidate: null,
    attempt: context.attempt && { ...context.attempt, outcome },
    ...(undone === null ? {} : { revisions: listed(context.revisions, { ...undone, outcome }) }),
    // What committed and was undone is not what to go back to: the one before it is. Unless it was only overtaken by
    // an agent that knows a higher number: then it goes out again above that.
    ...(event.committed &&
    event.reason !== 'overtaken' &&
    context.restoreTo === null &&
    context.previous !== null
      ? { restoreTo: { ...context.previous } }
      : {}),
  }
}

/**
 * An older content becomes a new, committed revision: the one that a rollback asked for, or what was committed when a
 * rollout was undone, or, when an agent is found ahead of a restored backup, what is committed under a higher number.
 */
export function restoreContent(
  context: GroupContext,
  event: { readonly at: { readonly wallMs: number } },
): Partial<GroupContext> {
  const source = context.restoreTo ?? context.committed
  if (source === null) return {}
  const revision = context.lastRevision + 1
  const committed: GroupRevision = {
    revision,
    // Somebody asked for it, or it is the way back from a rollout that was undone.
    kind: context.waiting.some(one => one.outcome === 'committed') ? 'rollback' : 'restore',
    job: context.waiting.at(-1)?.job ?? context.committed?.job ?? '',
    digest: source.digest,
    sizeBytes: source.sizeBytes,
    sets: source.sets,
    pins: source.pins,
    atMs: event.at.wallMs,
    outcome: 'committed',
    restores: source.revision,
  }
  return {
    lastRevision: revision,
    committed,
    previous: beforeRestored(context, source),
    restoreTo: null,
    superseded: context.tracked,
    tracked: revision,
    revisions: listed(context.revisions, committed),
  }
}

/** What an undo of the restored content would go back to: never what was itself undone, nor the same content again. */
function beforeRestored(
  { committed, previous, revisions }: GroupContext,
  source: Content,
): GroupRevision | null {
  const isGood = (one: GroupRevision): boolean =>
    one.digest !== source.digest &&
    revisions.find(other => other.revision === one.revision)?.outcome === 'committed'
  if (committed !== null && isGood(committed)) return committed
  if (previous !== null && isGood(previous)) return previous
  return revisions.find(isGood) ?? null
}

function listed(revisions: readonly GroupRevision[], one: GroupRevision): readonly GroupRevision[] {
  return [one, ...revisions.filter(other => other.revision !== one.revision)]
    .sort((a, b) => b.revision - a.revision)
    .slice(0, REVISIONS_KEPT_MAX)
}
