import { loopingProcess } from './boot-loop-guard.ts'
import { type Draft, change, write } from './draft.ts'
import {
  type HeldGeneration,
  emptyRecord,
  refusalOf,
  sameGeneration,
  sameProof,
  withRefusal,
} from '../store/group-record.ts'
import { obtain, obtainLocally } from './obtain.ts'
import { pinnedDebts } from './pinned-debts.ts'
import { candidateOf, committedOf, toActivate, toStage } from './wanted.ts'

/**
 * Moves the group one durable step towards where it should be. Level-triggered: it looks at the state alone, so it
 * does not matter which input came first or was lost. Nothing is begun while a record is being written.
 */
export function reconcile(draft: Draft): void {
  const steps = [
    joinOrLeave,
    settleApplying,
    settlePreparing,
    guardAgainstLoops,
    fallBack,
    forgive,
    refuse,
    stage,
  ]
  for (const step of [...steps, activate, keepProof]) {
    if (draft.state.writing !== null) return
    step(draft)
  }
}

function joinOrLeave(draft: Draft): void {
  const { desire, record } = draft.state
  if (desire === null || desire.removed !== record.member) return
  const fresh = emptyRecord(record.group, record.activation)
  write(draft, { ...fresh, member: !desire.removed }, desire.removed ? 'removed' : 'joined')
}

function settleApplying(draft: Draft): void {
  const { applying, record } = draft.state
  const { active } = record
  if (active === null || applying === null || applying.result === null) return
  change(draft, { applying: null })
  if (!applying.result.ok) {
    const rejected = { ...record, active: { ...active, outcome: 'rejected' as const }, pinned: null }
    return write(draft, withRefusal(rejected, active, applying.result.reason, false), 'rejected')
  }
  const { revision, digest, sizeBytes, timeline } = active
  const previous = sameGeneration(record.good, active) ? record.previous : record.good
  const good = { revision, digest, sizeBytes, timeline }
  const applied = { ...active, outcome: 'applied' as const }
  write(draft, { ...record, active: applied, good, previous, pinned: null }, 'applied')
}

function settlePreparing(draft: Draft): void {
  const { preparing, record } = draft.state
  if (preparing === null || preparing.round.result === null) return
  const { candidate, round } = preparing
  change(draft, { preparing: null })
  if (round.result?.ok === true)
    return change(draft, { prepared: { candidate, activation: round.activation } })
  write(draft, withRefusal(record, candidate, round.result?.reason ?? 'rejected', false), 'rejected')
}

function guardAgainstLoops(draft: Draft): void {
  const { guard, record, falling } = draft.state
  if (guard === null || falling !== null || record.active === null || loopingProcess(guard) === undefined)
    return
  const from = record.active.revision
  const unreadable = new Set<never>()
  change(draft, {
    guard: null,
    applying: null,
    falling: { from, reason: 'crash-loop', quarantine: record.active, unreadable },
  })
}

/** Back to the newest generation that was applied here and can be read; a local decision, told as such. */
function fallBack(draft: Draft): void {
  const { falling, record } = draft.state
  if (falling === null) return
  const { from, reason, quarantine, unreadable } = falling
  const refusing =
    quarantine === null ? record : { ...withRefusal(record, quarantine, reason, true), pinned: null }
  const usable = [record.good, record.previous].filter(
    one => one !== null && !sameGeneration(one, quarantine) && !unreadable.has(one.digest),
  )
  const target = usable.find(one => one !== null && refusalOf(record, one)?.quarantined !== true) ?? null
  if (target !== null && !obtainLocally(draft, target)) return
  if (target === null && quarantine !== null) {
    // There is nothing older: what runs badly is still better than nothing. Central hears the verdict.
    const active = record.active === null ? null : { ...record.active, outcome: 'rejected' as const }
    change(draft, { falling: null })
    return write(draft, { ...refusing, active }, 'rejected')
  }
  const activation = record.activation + 1
  const active = target === null ? null : { ...target, activation, outcome: 'applied' as const }
  const previous = usable.find(one => one !== target) ?? null
  write(
    draft,
    { ...refusing, activation, active, good: target, previous, fallback: { from, reason } },
    'fall-back',
  )
}

/** An admin's retry takes all verdicts back. */
function forgive(draft: Draft): void {
  const { desire, record, falling, isFromPeer } = draft.state
  if (desire === null || isFromPeer || falling !== null) return
  if (desire.timeline === record.retryTimeline && desire.retry <= record.retry) return
  const refusedFetches = [...draft.state.bundles].filter(([, bundle]) => bundle.refusal === null)
  if (record.refused.length > 0) {
    change(draft, { bundles: new Map(refusedFetches) })
    write(draft, { ...record, refused: [] }, 'retried')
  }
}

/** What cannot be fetched is refused, so that central hears of it. */
function refuse(draft: Draft): void {
  const { bundles, record, falling } = draft.state
  if (falling !== null) return
  for (const wanted of [candidateOf(draft.state), committedOf(draft.state)]) {
    const refusal = wanted === null ? undefined : bundles.get(wanted.digest)?.refusal
    if (wanted === null || typeof refusal !== 'string' || refusalOf(record, wanted) !== undefined) continue
    return write(draft, withRefusal(record, wanted, refusal, false), 'rejected')
  }
}

/** Fetch, fsync, and ask the processes that want to be asked. Staging never leads to an activation by itself. */
function stage(draft: Draft): void {
  const candidate = toStage(draft.state)
  if (candidate === null || draft.state.falling !== null || !obtain(draft, candidate)) return
  const { prepared, preparing, registrations, record } = draft.state
  if (prepared !== null || preparing !== null) return
  const asks = [...registrations.values()].some(registration => registration.prepare)
  // The number that they are told must never name anything else, also after a crash: it is written first.
  if (asks) return write(draft, { ...record, activation: record.activation + 1 }, 'reserve')
  change(draft, { prepared: { candidate, activation: null } })
}

function activate(draft: Draft): void {
  const goal = toActivate(draft.state)
  if (goal === null || draft.state.falling !== null || !isCleared(draft, goal) || !obtain(draft, goal)) return
  const { record, prepared } = draft.state
  const reserved = prepared !== null && prepared.activation === record.activation
  const isReserved = reserved && sameGeneration(prepared.candidate, goal)
  const activation = isReserved ? record.activation : record.activation + 1
  const active = { ...goal, activation, outcome: 'pending' as const }
  const pinned = pinnedDebts(draft.state, goal)
  write(draft, { ...record, activation, active, pinned, fallback: backwardStep(draft, goal) }, 'activate')
}

/** A peer may ask for it when central is away. It goes last: nothing that a process waits for stands behind it. */
function keepProof(draft: Draft): void {
  const { proof, record } = draft.state
  if (record.member && !sameProof(proof, record.proof)) write(draft, record, 'proved')
}

/** A candidate must have been prepared; what is committed needs nobody's leave any more. */
function isCleared(draft: Draft, goal: HeldGeneration): boolean {
  const staging = toStage(draft.state)
  return !sameGeneration(staging, goal) || sameGeneration(draft.state.prepared?.candidate ?? null, goal)
}

/** Going to a lower revision without a newer one that says so is a fallback, and is reported as one. */
function backwardStep(draft: Draft, goal: HeldGeneration): { from: number; reason: string } | null {
  const { active } = draft.state.record
  if (active === null || sameGeneration(active, goal) || goal.revision > active.revision) return null
  const reason = goal.timeline === active.timeline ? 'candidate-withdrawn' : 'restored-timeline'
  return { from: active.revision, reason }
}
