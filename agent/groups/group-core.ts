import type { Digest } from '../../actors/vocabulary/canonical/digest.ts'
import { type Draft, change } from './draft.ts'
import type { GroupAction, GroupInput, Now } from './group-input.ts'
import { type BundleProgress, type GroupState, OVERDUE_MS } from './group-state.ts'
import { reconcile } from './reconcile.ts'
import { reportOfGroup } from './report-of-group.ts'
import { isDiverged, servedState } from './served-state.ts'
import { takeInput } from './take-input.ts'
import { candidateOf, toActivate } from './wanted.ts'

export interface GroupStep {
  readonly state: GroupState
  readonly actions: readonly GroupAction[]
}

/**
 * One step of a group on this node: takes an input, moves towards what central wants, and says what the host is to do,
 * in order. Pure: no clock, no disk, no link. `README.md` tells the way of a revision through it.
 */
export function stepGroup(state: GroupState, input: GroupInput, now: Now): GroupStep {
  const draft: Draft = { state, now, actions: [] }
  takeInput(draft, input)
  reconcile(draft)
  dropUnneededBundles(draft)
  noteOverdue(draft)
  noteStaleness(draft)
  if (draft.state === state) return { state, actions: draft.actions }
  if (differs(reportOfGroup(state), reportOfGroup(draft.state))) draft.actions.push({ do: 'report' })
  if (differs(servedState(state), servedState(draft.state))) draft.actions.push({ do: 'announce' })
  return { state: draft.state, actions: draft.actions }
}

/** The next time at which the core must look at the clock, in monotonic milliseconds; undefined for none. */
export function wakeAtMs(state: GroupState): number | undefined {
  const rounds = [state.applying, state.preparing?.round ?? null]
  const deadlines = rounds.map(round =>
    round === null || round.result !== null ? Infinity : round.deadlineMs,
  )
  const retries = [...state.bundles.values()].map(bundle =>
    bundle.at === 'waiting' && bundle.retryAtMs !== OVERDUE_MS ? bundle.retryAtMs : Infinity,
  )
  const soonest = Math.min(...deadlines, ...retries)
  return soonest === Infinity ? undefined : soonest
}

/**
 * A fetch may be due while nothing may be begun, or while nobody wants the bundle: what comes next begins it, and no
 * clock has to be looked at for that again.
 */
function noteOverdue(draft: Draft): void {
  const { bundles } = draft.state
  const isOverdue = ({ at, retryAtMs }: BundleProgress): boolean =>
    at === 'waiting' && retryAtMs !== OVERDUE_MS && retryAtMs <= draft.now.monotonicMs
  if (![...bundles.values()].some(isOverdue)) return
  const noted = [...bundles].map(
    ([digest, bundle]) =>
      [digest, isOverdue(bundle) ? { ...bundle, retryAtMs: OVERDUE_MS } : bundle] as const,
  )
  change(draft, { bundles: new Map(noted) })
}

/** Memory holds what is served, what was just served, and what comes next; the rest stays on disk. */
function dropUnneededBundles(draft: Draft): void {
  const { state } = draft
  if (state.bundles.size === 0) return
  const { record, writing, falling, superseded, desire } = state
  const next = [toActivate(state), candidateOf(state), writing?.record.active ?? null]
  const back = falling === null ? [] : [record.good, record.previous]
  const wanted = desire === null ? [] : [desire.committed, desire.candidate]
  const needed = new Set<Digest | undefined>(
    [record.active, superseded, ...next, ...back].map(generation => generation?.digest),
  )
  // A refused fetch is remembered for as long as the revision is wanted, or it would be tried without end.
  const remembered = new Set(wanted.map(generation => generation?.digest))
  const kept = [...state.bundles].filter(
    ([digest, bundle]) =>
      needed.has(digest) || bundle.at === 'obtaining' || (bundle.at === 'waiting' && remembered.has(digest)),
  )
  if (kept.length < state.bundles.size) change(draft, { bundles: new Map(kept) })
}

/** Keeps `stale` true to the link and to divergence, and tells the processes when it turns. */
function noteStaleness(draft: Draft): void {
  const { state, now } = draft
  const stale = !state.linked || isDiverged(state)
  if (stale === (state.staleSinceMs !== null)) return
  change(draft, { staleSinceMs: stale ? now.wallMs : null })
  const { group } = state.record
  if (servedState(state) === undefined || state.registrations.size === 0) return
  const event = stale
    ? ({ event: 'stale', group, sinceMs: now.wallMs } as const)
    : ({ event: 'fresh', group } as const)
  draft.actions.push({ do: 'push', event, to: [...state.registrations.keys()] })
}

function differs(before: unknown, after: unknown): boolean {
  return JSON.stringify(before) !== JSON.stringify(after)
}
