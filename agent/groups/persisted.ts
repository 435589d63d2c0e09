import { guardFrom } from './boot-loop-guard.ts'
import { type Draft, change } from './draft.ts'
import { type GroupRecord, sameGeneration } from '../store/group-record.ts'
import { inheritedFor } from './pinned-debts.ts'
import { openRound } from './round.ts'
import { candidateState, servedState } from './served-state.ts'
import { toStage } from './wanted.ts'

/** How long processes may take to apply what central names no time for. */
export const APPLY_TIMEOUT_DEFAULT_MS = 30_000

/** The record is on disk: it is the truth now, and whoever it concerns is told. */
export function takePersisted(draft: Draft): void {
  const { writing, record: before } = draft.state
  if (writing === null) return
  change(draft, { record: writing.record, writing: null })
  switch (writing.cause) {
    case 'activate':
      change(draft, { superseded: before.active })
      return tellActivation(draft, before)
    case 'fall-back':
      change(draft, { superseded: before.active, applying: null, guard: null, falling: null })
      return pushChange(draft, APPLY_TIMEOUT_DEFAULT_MS)
    case 'reserve':
      return askToPrepare(draft)
    case 'removed':
      return tellRemoval(draft)
    default:
      draft.actions.push({ do: 'collect' })
  }
}

/** Whoever is registered now is pinned: it owes an acknowledgement. So does who was pinned before a restart. */
function tellActivation(draft: Draft, before: GroupRecord): void {
  const { state, now } = draft
  const { active } = state.record
  if (active === null) return
  const candidate = state.desire?.candidate ?? null
  const isCandidate = sameGeneration(candidate, active)
  const timeoutMs = isCandidate ? candidate?.applyTimeoutMs : state.desire?.applyTimeoutMs
  const applyTimeoutMs = timeoutMs ?? APPLY_TIMEOUT_DEFAULT_MS
  const pinned = [...state.registrations].map(([key, { process }]) => [key, process] as const)
  const deadlineMs = now.monotonicMs + applyTimeoutMs
  const applying = openRound(active.activation, deadlineMs, pinned, inheritedFor(before, draft.state))
  change(draft, { applying, guard: guardFrom(now.monotonicMs), inherited: new Map() })
  if (sameGeneration(state.prepared?.candidate ?? null, active)) change(draft, { prepared: null })
  pushChange(draft, applyTimeoutMs)
}

function pushChange(draft: Draft, deadlineMs: number): void {
  const served = servedState(draft.state)
  const { registrations, record } = draft.state
  if (served === undefined || registrations.size === 0) return
  const event = { event: 'change', group: record.group, state: served, deadlineMs } as const
  draft.actions.push({ do: 'push', event, to: [...registrations.keys()] })
}

function askToPrepare(draft: Draft): void {
  const { state, now } = draft
  const candidate = toStage(state)
  // It may have been withdrawn while its number was written: the number is never used then.
  if (candidate === null || state.preparing !== null || state.prepared !== null) return
  const timeoutMs = state.desire?.candidate?.prepareTimeoutMs ?? APPLY_TIMEOUT_DEFAULT_MS
  const asked = [...state.registrations].filter(([, registration]) => registration.prepare)
  const owing = asked.map(([key, { process }]) => [key, process] as const)
  const { activation, group } = state.record
  const round = openRound(activation, now.monotonicMs + timeoutMs, owing)
  change(draft, { preparing: { candidate, round } })
  const served = candidateState(draft.state, candidate, activation)
  const event = { event: 'prepare', group, state: served, deadlineMs: timeoutMs } as const
  if (asked.length > 0) draft.actions.push({ do: 'push', event, to: asked.map(([key]) => key) })
}

/** Processes keep what they hold and learn that nobody keeps it fresh any more. */
function tellRemoval(draft: Draft): void {
  const { registrations, record } = draft.state
  const gone = {
    preparing: null,
    prepared: null,
    applying: null,
    guard: null,
    falling: null,
    superseded: null,
  }
  change(draft, { ...gone, bundles: new Map() })
  const event = { event: 'stale', group: record.group, sinceMs: draft.now.wallMs } as const
  if (registrations.size > 0) draft.actions.push({ do: 'push', event, to: [...registrations.keys()] })
  draft.actions.push({ do: 'collect' })
}
