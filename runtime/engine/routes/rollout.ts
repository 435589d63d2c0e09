import { groupAddress, jobAddress, policyRunAddress } from '../../../actors/vocabulary/addresses.ts'
import type { CborValue } from '../../../actors/vocabulary/canonical/cbor-value.ts'
import { tell } from '../../../actors/vocabulary/instruction.ts'
import type { GroupContext } from '../../../actors/group/context.ts'
import type { JobInput } from '../../../actors/job/context.ts'
import { contextOf, isDone, isIn, valueOf } from '../../kernel/actor-record.ts'
import type { Audit, Route } from '../../kernel/input.ts'
import { acceptJob, tooMany } from './declare.ts'
import { type Idempotency, remember, settledBefore } from './idempotency.ts'
import { notFound, refuse } from './refusals.ts'

/**
 * pause, resume, promote and abort go to the policy that decides; what its state does not take it refuses by
 * name.
 */
export const controlRoute: Route = (view, input) => {
  const { group, action } = input.body as { group: string; action: string }
  const audit: Audit = { action: `rollout.${action}`, resource: groupAddress(group), detail: {} }
  const record = view.get(groupAddress(group))
  if (record === undefined || isDone(record)) return notFound('group', group, audit)
  const { candidate, committed } = contextOf<GroupContext>(record)
  const revision = candidate?.revision ?? committed?.revision
  if (!isIn(record, 'rolling') || revision === undefined) {
    const state = valueOf(record)
    const message = `group ${group} is ${typeof state === 'string' ? state : 'rolling'}: there is no rollout to ${action}`
    return refuse('KONOR_ENGINE_NOT_POSSIBLE', message, { group, state }, audit)
  }
  return {
    audit,
    instructions: [
      tell(policyRunAddress(group, revision), { type: action.toUpperCase(), expectsReply: true }),
    ],
  }
}

/** A rollback is accepted and begun in one record; it waits for no lock, since it may undo what holds it. */
export const rollbackRoute: Route = (view, input) => {
  const { job, group, to, idempotency } = input.body as unknown as {
    job: JobInput
    group: string
    to: number | null
    idempotency: Idempotency | null
  }
  const audit: Audit = {
    action: 'rollout.rollback',
    resource: groupAddress(group),
    detail: { job: job.id, to },
  }
  const settled = settledBefore(view, idempotency)
  if (settled !== undefined) return settled
  const record = view.get(groupAddress(group))
  if (record === undefined || isDone(record)) return notFound('group', group, audit)
  const context = contextOf<GroupContext>(record)
  const target = to === null ? context.previous : context.revisions.find(one => one.revision === to)
  const isRolling = isIn(record, 'rolling')
  if (to !== null && target === undefined) return notFound(`revision of ${group}`, String(to), audit)
  if (!isRolling && (target === undefined || target === null)) {
    const message = `group ${group} has nothing before what it committed: there is nothing to go back to`
    return refuse('KONOR_ENGINE_NOT_POSSIBLE', message, { group }, audit)
  }
  const full = tooMany(view, audit)
  if (full !== undefined) return full
  const restore = to === null || target === undefined || target === null ? null : contentOf(target)
  return {
    audit,
    reply: { job: job.id },
    instructions: [...remember(idempotency, { job: job.id }), ...acceptJob(view, { ...job, restore })],
  }
}

function contentOf({
  revision,
  digest,
  sizeBytes,
  sets,
  pins,
}: NonNullable<GroupContext['committed']>): CborValue {
  return { revision, digest, sizeBytes, sets, pins } as unknown as CborValue
}

export const cancelRoute: Route = (view, input) => {
  const { job, mode } = input.body as { job: string; mode: string }
  const audit: Audit = { action: 'job.cancel', resource: jobAddress(job), detail: { mode } }
  if (view.get(jobAddress(job)) === undefined) return notFound('job', job, audit)
  return { audit, instructions: [tell(jobAddress(job), { type: 'CANCEL', mode, expectsReply: true })] }
}
