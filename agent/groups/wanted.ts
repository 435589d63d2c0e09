import type { Generation } from '../../actors/vocabulary/revision.ts'
import { type HeldGeneration, refusalOf, sameGeneration } from '../store/group-record.ts'
import type { GroupState } from './group-state.ts'

/** What central has committed: by its last desire, or by what was stored of it before it spoke in this life. */
export function committedOf(state: GroupState): HeldGeneration | null {
  return state.desire === null ? state.record.committed : held(state.desire.committed, state.desire.timeline)
}

export function candidateOf(state: GroupState): HeldGeneration | null {
  return state.desire === null ? state.record.candidate : held(state.desire.candidate, state.desire.timeline)
}

/** The candidate that is to be fetched and prepared; null when there is none, it is refused, or it runs already. */
export function toStage(state: GroupState): HeldGeneration | null {
  const candidate = candidateOf(state)
  if (state.desire === null || candidate === null || refusalOf(state.record, candidate) !== undefined)
    return null
  return sameGeneration(state.record.active, candidate) ? null : candidate
}

/**
 * What is to be activated next; null when the node is where it should be, or must wait. The candidate once central
 * said `activate`, else what is committed. A candidate that runs is left only when it is withdrawn: after a rejection
 * the node reports and waits for central's word.
 */
export function toActivate(state: GroupState): HeldGeneration | null {
  if (state.desire === null) return null
  const candidate = candidateOf(state)
  const wantsCandidate = candidate !== null && refusalOf(state.record, candidate) === undefined
  const runsCandidate = candidate !== null && sameGeneration(state.record.active, candidate)
  if (wantsCandidate && state.desire.candidate?.activate === true) return unlessRunning(state, candidate)
  if (runsCandidate) return null
  const committed = committedOf(state)
  if (committed === null || refusalOf(state.record, committed) !== undefined) return null
  return unlessRunning(state, committed)
}

/** Running with a verdict that a retry has taken back is as good as not running: processes are asked again. */
function unlessRunning(state: GroupState, goal: HeldGeneration): HeldGeneration | null {
  const { active } = state.record
  return sameGeneration(active, goal) && active?.outcome !== 'rejected' ? null : goal
}

function held(generation: Generation | null, timeline: number): HeldGeneration | null {
  if (generation === null) return null
  const { revision, digest, sizeBytes } = generation
  return { revision, digest, sizeBytes, timeline }
}
