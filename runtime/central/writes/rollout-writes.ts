import type { JobInput } from '../../../actors/job/context.ts'
import { groupAddress, jobAddress } from '../../../actors/vocabulary/addresses.ts'
import { KonorError } from '../../../actors/vocabulary/errors/konor-error.ts'
import type { Preparation, Prepared } from '../../engine/leader.ts'
import { groupNamed } from '../../engine/observe.ts'
import {
  idempotencyOf,
  inputOf,
  type JobRequest,
  plainJob,
  prepareRetry,
} from '../../engine/prepare-apply.ts'
import { contextOf } from '../../kernel/actor-record.ts'
import { stateText } from '../reads/state-text.ts'
import type { ControlWrites } from './control-writes.ts'
import { jobRequest, submitJob, submitPlain, type WritesContext } from './writes-context.ts'

type RolloutWrites = Pick<ControlWrites, 'rollout' | 'rollback' | 'cancelJob' | 'retryJob'>

/** What steers rollouts and jobs. None of it waits behind the rollout that it is about. */
export function rolloutWrites(context: WritesContext): RolloutWrites {
  const { leader, reads } = context
  return {
    async rollout(group, action, caller) {
      if (action === 'retry') {
        const asked = jobRequest(context, caller, 'rollout.retry')
        return submitJob(context, asked, preparation => prepareRetry(preparation, asked, group))
      }
      const holder = groupNamed(leader.view, group)?.holder
      // Said again, a pause is done already: no second record, no refusal.
      if (action !== 'pause' || !isPaused(context, group))
        await submitPlain(context, caller, 'control', { group, action })
      if (holder === undefined || holder === null) throw notFound('rollout of group', group)
      return reads.job(holder)
    },
    async rollback(group, toRevision, caller) {
      const asked = jobRequest(context, caller, 'rollout.rollback')
      const job = plainJob(asked, 'rollback', [group], [])
      const body = { job, group, to: toRevision ?? null, idempotency: idempotencyOf(caller) }
      return submitJob(context, asked, () => ({ input: inputOf(caller, 'rollback', body) }))
    },
    async cancelJob(id, mode, caller) {
      await submitPlain(context, caller, 'cancel', { job: id, mode })
      return reads.job(id)
    },
    async retryJob(id, caller) {
      const asked = jobRequest(context, caller, 'job.retry')
      return submitJob(context, asked, preparation => prepareRetryOf(preparation, asked, id))
    },
  }
}

function isPaused({ leader }: WritesContext, group: string): boolean {
  const record = leader.view.get(groupAddress(group))
  return record !== undefined && stateText(record) === 'rolling.paused'
}

/** A job that failed is tried again by a new one: its group's held pins go to their heads. */
function prepareRetryOf(preparation: Preparation, asked: JobRequest, id: string): Prepared {
  const record = preparation.view.get(jobAddress(id))
  if (record === undefined) throw notFound('job', id)
  const { groups } = contextOf<JobInput>(record)
  const [group] = groups
  if (group === undefined || groups.length > 1) {
    throw new KonorError(
      'KONOR_ENGINE_NOT_POSSIBLE',
      `job ${id} concerns ${groups.length} groups: retry each with 'konor rollout retry GROUP'`,
      { details: { job: id, groups } },
    )
  }
  return prepareRetry(preparation, asked, group)
}

function notFound(what: string, name: string): KonorError {
  return new KonorError('KONOR_ENGINE_NOT_FOUND', `there is no ${what} ${name}`, { details: { what, name } })
}
