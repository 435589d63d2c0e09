import type { ClusterContext } from '../../../actors/cluster/chart.ts'
import type { GroupContext, GroupRevision } from '../../../actors/group/context.ts'
import type { RolloutContext } from '../../../actors/rollout/context.ts'
import type { SubscriptionContext } from '../../../actors/subscription/chart.ts'
import {
  CLUSTER,
  groupAddress,
  rolloutAddress,
  subscriptionAddress,
} from '../../../actors/vocabulary/addresses.ts'
import type { Candidate, Desire } from '../../../actors/vocabulary/desire.ts'
import type { Generation } from '../../../actors/vocabulary/revision.ts'
import { durationMs } from '../../../policies/vocabulary/duration.ts'
import { contextOf, isDone, isIn } from '../../kernel/actor-record.ts'
import type { Position, StateView } from '../../kernel/kernel-state.ts'

const PREPARE_TIMEOUT_MS = 30_000
const APPLY_TIMEOUT_MS = 60_000

/**
 * What central wants of a node for one group now: a pure function of the state. Frozen or paused, a rollout reaches no
 * node that has not staged the candidate yet; a node that runs it already goes on being told so.
 */
export function desireOf(view: StateView, position: Position, name: string, node: string): Desire {
  const { timeline, epoch } = position
  const nothing = { group: name, timeline, epoch, committed: null, candidate: null, retry: 0 }
  const record = view.get(groupAddress(name))
  const subscription = view.get(subscriptionAddress(name, node))
  if (record === undefined || isDone(record) || subscription === undefined || isDone(subscription)) {
    return { ...nothing, removed: true }
  }
  const group = contextOf<GroupContext>(record)
  return {
    ...nothing,
    committed: group.committed === null ? null : generationOf(group.committed),
    candidate: isIn(record, 'rolling')
      ? candidateOf(view, group, contextOf<SubscriptionContext>(subscription), isIn(subscription, 'draining'))
      : null,
    retry: group.retry,
    removed: false,
  }
}

function candidateOf(
  view: StateView,
  group: GroupContext,
  { progress }: SubscriptionContext,
  draining: boolean,
): Candidate | null {
  const { candidate } = group
  if (candidate === null) return null
  const rollout = view.get(rolloutAddress(group.name, candidate.revision))
  if (rollout === undefined || isDone(rollout)) return null
  const { stage, activate, paused, policy } = contextOf<RolloutContext>(rollout)
  const holds = progress?.revision === candidate.revision && progress.phase !== 'staging'
  const held = paused || draining || isFrozen(view)
  if (!stage || (held && !holds)) return null
  const isActive = holds && progress.phase !== 'staged'
  const option = (name: string, fallbackMs: number): number => {
    const value = policy?.options[name]
    return typeof value === 'string' ? durationMs(value) : fallbackMs
  }
  return {
    ...generationOf(candidate),
    activate: activate && (!held || isActive),
    prepareTimeoutMs: option('prepareTimeout', PREPARE_TIMEOUT_MS),
    applyTimeoutMs: option('applyTimeout', APPLY_TIMEOUT_MS),
  }
}

function isFrozen(view: StateView): boolean {
  const cluster = view.get(CLUSTER)
  return cluster !== undefined && contextOf<ClusterContext>(cluster).frozen !== null
}

function generationOf({ revision, digest, sizeBytes }: GroupRevision): Generation {
  return { revision, digest, sizeBytes }
}
