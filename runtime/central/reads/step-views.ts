import type { GroupContext } from '../../../actors/group/context.ts'
import type { JobContext, JobOutcome } from '../../../actors/job/context.ts'
import { groupAddress } from '../../../actors/vocabulary/addresses.ts'
import type { JobState, StepView } from '../../engine/views.ts'
import type { StateView } from '../../kernel/kernel-state.ts'
import { isIn, valueOf } from '../../kernel/actor-record.ts'
import { contextAt } from './context-at.ts'

/**
 * The steps of a job: one rollout a group of its plan, in its order. A rollback has no plan of its own: its
 * steps are the groups it puts back. Steps never list nodes.
 */
export function stepViews(view: StateView, job: JobContext, state: JobState): readonly StepView[] {
  const groups = job.plan?.groups.map(({ group }) => group) ?? (job.kind === 'rollback' ? job.groups : [])
  return groups.map(group => {
    const outcome = job.outcomes.find(one => one.group === group)
    const stepState = stateOf(view, job, state, group, outcome)
    const error = errorOf(job, stepState, outcome)
    return {
      id: `rollout-${group}`,
      kind: 'rollout',
      target: groupAddress(group),
      state: stepState,
      attempts: hasBegun(job, outcome) ? 1 : 0,
      ...(error === undefined ? {} : { error }),
    }
  })
}

function stateOf(
  view: StateView,
  job: JobContext,
  state: JobState,
  group: string,
  outcome: JobOutcome | undefined,
): StepView['state'] {
  switch (outcome?.outcome) {
    case 'committed':
    case 'unchanged':
      return 'succeeded'
    case 'rolled-back':
    case 'failed':
      return 'failed'
    case 'aborted':
      return 'cancelled'
    default:
      // It ended before this group had an outcome: nothing more will happen here.
      if (state === 'failed' || state === 'cancelled') return 'cancelled'
      if (!hasBegun(job, outcome)) return 'pending'
      return isPausedFor(view, job, group) ? 'paused' : 'running'
  }
}

/** A rollback begins with its job; any other rollout when its group gave it a revision. */
function hasBegun({ kind }: JobContext, outcome: JobOutcome | undefined): boolean {
  if (outcome === undefined) return false
  return outcome.outcome !== 'pending' || outcome.revision !== null || kind === 'rollback'
}

function isPausedFor(view: StateView, { id }: JobContext, group: string): boolean {
  const record = view.get(groupAddress(group))
  if (record === undefined || !isIn(record, 'rolling')) return false
  const { rolling } = valueOf(record) as { readonly rolling: string }
  return rolling === 'paused' && contextAt<GroupContext>(view, groupAddress(group))?.holder === id
}

function errorOf(
  job: JobContext,
  state: StepView['state'],
  outcome: JobOutcome | undefined,
): StepView['error'] | undefined {
  if (outcome === undefined) return job.error ?? undefined
  if (state !== 'failed' && state !== 'cancelled') return undefined
  const what = outcome.outcome === 'pending' ? 'cancelled' : outcome.outcome
  return {
    code: 'KONOR_ENGINE_NOT_COMMITTED',
    message: outcome.reason === null ? what : `${what}: ${outcome.reason}`,
  }
}
