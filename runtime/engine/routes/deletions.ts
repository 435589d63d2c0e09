import { groupAddress, policyAddress } from '../../../actors/vocabulary/addresses.ts'
import { type Instruction, tell } from '../../../actors/vocabulary/instruction.ts'
import type { GroupContext } from '../../../actors/group/context.ts'
import type { JobInput } from '../../../actors/job/context.ts'
import { contextOf, isDone } from '../../kernel/actor-record.ts'
import type { Audit, Route } from '../../kernel/input.ts'
import type { StateView } from '../../kernel/kernel-state.ts'
import { acceptJob, tooMany } from './declare.ts'
import { type Idempotency, remember, settledBefore } from './idempotency.ts'
import { notFound, refuse } from './refusals.ts'

interface Deletion {
  readonly job: JobInput
  /** Absent in journals from before deletions were remembered. */
  readonly idempotency?: Idempotency | null
}

/** A group is deleted by a job that first takes its lock: never under a rollout. Its nodes drop its generations. */
export const deleteGroupRoute: Route = (view, input) => {
  const { job, group, idempotency } = input.body as unknown as Deletion & { group: string }
  const audit: Audit = { action: 'group.delete', resource: groupAddress(group), detail: { job: job.id } }
  const settled = settledBefore(view, idempotency ?? null)
  if (settled !== undefined) return settled
  const record = view.get(groupAddress(group))
  if (record === undefined || isDone(record)) return notFound('group', group, audit)
  const full = tooMany(view, audit)
  if (full !== undefined) return full
  return { audit, reply: { job: job.id }, instructions: accepted(view, job, idempotency) }
}

export const deletePolicyRoute: Route = (view, input) => {
  const { job, policy, idempotency } = input.body as unknown as Deletion & { policy: string }
  const audit: Audit = { action: 'policy.delete', resource: policyAddress(policy), detail: { job: job.id } }
  const settled = settledBefore(view, idempotency ?? null)
  if (settled !== undefined) return settled
  if (view.get(policyAddress(policy)) === undefined) return notFound('policy', policy, audit)
  const users = view
    .list('group')
    .filter(record => !isDone(record))
    .map(record => contextOf<GroupContext>(record))
    .filter(group => group.policy === policy)
    .map(({ name }) => name)
  if (users.length > 0) {
    const message = `policy ${policy} is used by ${users.join(', ')}: give these groups another policy first`
    return refuse('KONOR_ENGINE_IN_USE', message, { groups: users }, audit)
  }
  return {
    audit,
    reply: { job: job.id },
    instructions: [tell(policyAddress(policy), { type: 'DELETE' }), ...accepted(view, job, idempotency)],
  }
}

function accepted(view: StateView, job: JobInput, idempotency: Deletion['idempotency']): Instruction[] {
  return [...remember(idempotency ?? null, { job: job.id }), ...acceptJob(view, job)]
}
