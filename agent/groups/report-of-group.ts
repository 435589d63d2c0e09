import type { GroupReport, Progress } from '../../actors/vocabulary/report.ts'
import { type HeldGeneration, refusalOf, sameGeneration } from '../store/group-record.ts'
import type { GroupState } from './group-state.ts'
import { candidateOf, committedOf } from './wanted.ts'

/** What central is told of the group. All of it follows from what is on disk, so no crash takes a word of it back. */
export function reportOfGroup(state: GroupState): GroupReport {
  const { group, active, activation, fallback } = state.record
  return {
    group,
    active: active?.revision ?? null,
    digest: active?.digest ?? null,
    activation: active?.activation ?? activation,
    progress: progressOf(state),
    fallback,
    processes: countProcesses(state),
  }
}

/** Processes, not instances. */
export function countProcesses(state: GroupState): number {
  return new Set([...state.registrations.values()].map(registration => registration.process)).size
}

/** How far the newest wanted revision has come: the candidate, else what is committed. */
function progressOf(state: GroupState): Progress | null {
  const wanted = candidateOf(state) ?? committedOf(state)
  if (wanted === null) return null
  const { revision } = wanted
  const refusal = refusalOf(state.record, wanted)
  if (refusal !== undefined) return { revision, phase: 'rejected', reason: refusal.reason }
  const { active } = state.record
  if (active !== null && sameGeneration(active, wanted)) {
    if (active.outcome === 'applied') return { revision, phase: 'applied' }
    // A verdict that an admin's retry has taken back: the activation that follows is on its way.
    return { revision, phase: active.outcome === 'pending' ? 'activated' : 'staged' }
  }
  return { revision, phase: isPrepared(state, wanted) ? 'staged' : 'staging' }
}

function isPrepared(state: GroupState, wanted: HeldGeneration): boolean {
  return state.prepared !== null && sameGeneration(state.prepared.candidate, wanted)
}
