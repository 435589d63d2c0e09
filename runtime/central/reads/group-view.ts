import type { GroupContext } from '../../../actors/group/context.ts'
import type { GroupView } from '../../engine/views.ts'
import { type ActorRecord, contextOf } from '../../kernel/actor-record.ts'
import type { StateView } from '../../kernel/kernel-state.ts'
import { countApplied } from './count-applied.ts'
import { heldSets } from './held-sets.ts'
import { revisionView } from './revision-view.ts'
import { rolloutView, type TimeReference } from './rollout-view.ts'
import { stateText } from './state-text.ts'

/** A group as readers get it. */
export function groupView(view: StateView, record: ActorRecord, now: TimeReference): GroupView {
  const group = contextOf<GroupContext>(record)
  const state = groupState(record)
  const { committed, candidate, previous } = group
  const rollout = state === 'rolling' || state === 'paused' ? rolloutView(view, group, now) : undefined
  return {
    name: group.name,
    sets: group.sets,
    policy: group.policy,
    labels: group.labels,
    state,
    ...(group.reason === null ? {} : { reason: group.reason }),
    committed: committed && revisionView(view, committed),
    ...(candidate === null ? {} : { candidate: revisionView(view, candidate) }),
    ...(previous === null ? {} : { previous: revisionView(view, previous) }),
    held: heldSets(view, group),
    ...(rollout === undefined ? {} : { rollout }),
    counts: {
      nodes: group.nodes,
      live: group.nodes - group.offline,
      applied: countApplied(view, group.name, committed?.revision ?? null),
    },
  }
}

/** Restoring older content is a rollout too, one that has nothing left to decide. */
function groupState(record: ActorRecord): GroupView['state'] {
  switch (stateText(record)) {
    case 'rolling.paused':
      return 'paused'
    case 'rolling.advancing':
    case 'restoring':
      return 'rolling'
    case 'degraded':
      return 'degraded'
    default:
      return 'steady'
  }
}
