import type { FastifyReply, FastifyRequest } from 'fastify'
import { KonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import type { JobState, JobView } from '../engine/views.ts'
import type { ApiContext } from './api-context.ts'
import { sendProblem } from './error-handler.ts'
import { preferredWaitSeconds } from './prefer-wait.ts'

/**
 * Answers a write: 202 with the job, or, when the caller prefers to wait, 200 when it succeeded in time and 422 when
 * it ended otherwise. The 422 is a problem document that also has every member of the job.
 */
export async function answerJob(
  context: ApiContext,
  request: FastifyRequest,
  reply: FastifyReply,
  accepted: JobView,
): Promise<FastifyReply> {
  reply.header('Location', `/api/v1/jobs/${encodeURIComponent(accepted.id)}`)
  const waitSeconds = preferredWaitSeconds(request.headers['prefer'])
  if (waitSeconds === undefined) return reply.status(202).send(accepted)
  reply.header('Preference-Applied', `wait=${waitSeconds}`)
  const job = await waitUntilClosing(context, accepted, waitSeconds * 1000)
  if (!hasEnded(job.state)) return reply.status(202).send(job)
  if (job.state === 'succeeded') return reply.status(200).send(job)
  const why = job.reason ?? 'see `groups` for each outcome'
  const failed = new KonorError('KONOR_API_JOB_FAILED', `job ${job.id} ended ${job.state}: ${why}`)
  return sendProblem(failed, request, reply, job)
}

export function hasEnded(state: JobState): boolean {
  return state === 'succeeded' || state === 'failed' || state === 'cancelled'
}

/** A server that closes answers what it has: the job is durable and its caller can ask another central. */
function waitUntilClosing(
  { control, closing }: ApiContext,
  job: JobView,
  timeoutMs: number,
): Promise<JobView> {
  if (closing.aborted) return Promise.resolve(job)
  return new Promise((resolve, reject) => {
    const onClosing = (): void => resolve(job)
    closing.addEventListener('abort', onClosing, { once: true })
    control
      .waitForJob(job.id, timeoutMs)
      .then(resolve, reject)
      .finally(() => closing.removeEventListener('abort', onClosing))
  })
}
