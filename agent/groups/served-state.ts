import type { HeldGeneration } from '../store/group-record.ts'
import { sameGeneration } from '../store/group-record.ts'
import type { ServedState } from './group-service.ts'
import type { GroupState } from './group-state.ts'

/** What processes are told of the active generation; undefined while there is none that can be read. */
export function servedState(state: GroupState): ServedState | undefined {
  const { active, member } = state.record
  if (!member || active === null || state.bundles.get(active.digest)?.at !== 'ready') return undefined
  return stateOf(state, active, active.activation)
}

/** What preparing processes are told of a candidate, with the activation it will get. */
export function candidateState(
  state: GroupState,
  candidate: HeldGeneration,
  activation: number,
): ServedState {
  return stateOf(state, candidate, activation)
}

/**
 * The digest of the generation that an activation names, while it is held: the active one (also when `activation` is
 * not given), the one that processes prepare, or the one before.
 */
export function digestOfActivation(state: GroupState, activation: number | undefined): string | undefined {
  const { active, member } = state.record
  if (!member) return undefined
  if (activation === undefined || activation === active?.activation) return active?.digest
  if (activation === state.preparing?.round.activation) return state.preparing.candidate.digest
  if (activation === state.prepared?.activation) return state.prepared?.candidate.digest
  return activation === state.superseded?.activation ? state.superseded.digest : undefined
}

/**
 * Whether the node serves something else than what the group committed and does not expect to change that: the
 * committed revision was refused here. On the way to it nothing is called stale.
 */
export function isDiverged(state: GroupState): boolean {
  const { active, refused } = state.record
  const { committed = null, candidate = null, timeline = 0 } = state.desire ?? {}
  if (active === null || committed === null) return false
  if (sameGeneration(active, committed) || sameGeneration(active, candidate)) return false
  return refused.some(one => one.revision === committed.revision && one.timeline === timeline)
}

function stateOf(state: GroupState, generation: HeldGeneration, activation: number): ServedState {
  const { revision, digest, sizeBytes } = generation
  const served = { revision, digest, activation, sizeBytes }
  if (state.staleSinceMs === null) return { ...served, stale: false }
  return { ...served, stale: true, sinceMs: state.staleSinceMs }
}
