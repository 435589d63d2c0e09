import type { GroupContext } from '../../../actors/group/context.ts'
import type { RolloutContext } from '../../../actors/rollout/context.ts'
import { policyRunAddress, rolloutAddress } from '../../../actors/vocabulary/addresses.ts'
import type { RolloutView } from '../../engine/views.ts'
import { type ActorRecord, contextOf, isDone } from '../../kernel/actor-record.ts'
import type { StateView } from '../../kernel/kernel-state.ts'
import { isoTime } from './iso-time.ts'
import { stateText } from './state-text.ts'

/** A moment in journal time and on the wall: what turns a journaled deadline into a time of day. */
export interface TimeReference {
  readonly timeMs: number
  readonly wallMs: number
}

/**
 * The rollout under way in a group: of its candidate, or of what just committed until that has settled.
 * `deadlineAt` is an estimate: journal time stands still while nobody leads.
 */
export function rolloutView(
  view: StateView,
  group: GroupContext,
  now: TimeReference,
): RolloutView | undefined {
  const revision = group.candidate?.revision ?? group.tracked
  if (revision === null) return undefined
  const record = view.get(rolloutAddress(group.name, revision))
  if (record === undefined) return undefined
  const rollout = contextOf<RolloutContext>(record)
  const run = view.get(policyRunAddress(group.name, revision))
  const dueMs = firstDueMs([record, ...(run === undefined ? [] : [run])])
  return {
    revision,
    state: rollout.paused ? 'paused' : stateText(record),
    policy: rollout.policy?.name ?? group.policy,
    phase: stateText(run ?? record),
    job: rollout.job,
    counts: { ...rollout.counts },
    ...(rollout.reason === null ? {} : { reason: rollout.reason }),
    startedAt: isoTime(rollout.startedAtMs),
    ...(dueMs === undefined ? {} : { deadlineAt: isoTime(now.wallMs + dueMs - now.timeMs) }),
  }
}

function firstDueMs(records: readonly ActorRecord[]): number | undefined {
  const due = records
    .filter(record => !isDone(record))
    .flatMap(({ deadlines }) => Object.values(deadlines).map(({ dueMs }) => dueMs))
  return due.length === 0 ? undefined : Math.min(...due)
}
