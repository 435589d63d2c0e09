import { requestAddress } from '../../../actors/vocabulary/addresses.ts'
import type { Caller, Control } from '../../engine/control.ts'
import type { Leader, Preparation, Prepared, Recorded } from '../../engine/leader.ts'
import { idempotencyOf, inputOf, type JobRequest } from '../../engine/prepare-apply.ts'
import type { JobView } from '../../engine/views.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Random } from '../../ports/random.ts'
import { newId } from '../new-id.ts'
import type { TokenMint } from '../token-mint.ts'

export interface WritesContext {
  readonly leader: Leader
  readonly clock: Clock
  readonly random: Random
  readonly tokens: TokenMint
  /** Views of what was just written come from the read half. */
  readonly reads: Pick<Control, 'job' | 'node'>
}

/** A fresh job of a caller. Its id is made once: an input that is prepared again is the same job. */
export function jobRequest(
  { clock, random }: WritesContext,
  caller: Caller,
  action: string,
  options: JobRequest['options'] = {},
): JobRequest {
  return { id: newId(clock, random), caller, action, options }
}

/** Submits an input that accepts a job, and answers the job as it then stands. */
export async function submitJob(
  { leader, reads }: WritesContext,
  asked: JobRequest,
  prepare: (preparation: Preparation) => Prepared,
): Promise<JobView> {
  const { body } = await leader.submit(preparation => repeated(preparation, asked) ?? prepare(preparation))
  return reads.job((body as { readonly job: string }).job)
}

/**
 * A request whose idempotency key is remembered is not prepared again: it has moved the very version that it named, so
 * it would be refused for having been done. The fold answers it from what it remembers.
 */
function repeated({ view }: Preparation, { id, caller, action }: JobRequest): Prepared | undefined {
  const idempotency = idempotencyOf(caller)
  if (idempotency === null || view.get(requestAddress(idempotency.key)) === undefined) return undefined
  const body = { job: { id }, sets: [], groups: [], policies: [], retry: [], idempotency, action }
  return { input: inputOf(caller, 'declare', body) }
}

/** Submits an input that needs nothing of the state to be made. */
export function submitPlain(
  { leader }: WritesContext,
  caller: Caller,
  route: string,
  body: object,
): Promise<Recorded> {
  return leader.submit(() => ({ input: inputOf(caller, route, body) }))
}
