import type { Generation } from '../../actors/vocabulary/revision.ts'
import { type GroupRecord, PINNED_PROCESSES_MAX, type PinnedDebts } from '../store/group-record.ts'
import type { GroupState } from './group-state.ts'

/**
 * What is pinned by the activation that is about to be written: whoever is registered, and what an earlier life of
 * the agent had pinned for the same generation. Processes count, not instances: after a crash of the machine all of
 * them are new ones.
 */
export function pinnedDebts(state: GroupState, goal: Generation): PinnedDebts {
  const counts = new Map<string, number>()
  for (const { process } of state.registrations.values()) counts.set(process, (counts.get(process) ?? 0) + 1)
  for (const [process, instances] of inheritedFor(state.record, state, goal))
    counts.set(process, Math.max(instances, counts.get(process) ?? 0))
  const owed = [...counts].slice(0, PINNED_PROCESSES_MAX)
  const { revision, digest } = goal
  return { revision, digest, owed: owed.map(([process, instances]) => ({ process, instances })) }
}

/** The debts of an earlier life, when they are of the generation that `before` went back from. */
export function inheritedFor(
  before: GroupRecord,
  { inherited, record }: GroupState,
  goal: Generation | null = record.active,
): ReadonlyMap<string, number> {
  const { pinned } = before
  const isSame = pinned?.revision === goal?.revision && pinned?.digest === goal?.digest
  return isSame ? inherited : new Map()
}
