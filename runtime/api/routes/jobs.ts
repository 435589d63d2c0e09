import type { FastifyInstance } from 'fastify'
import { answerJob } from '../answer-job.ts'
import type { ApiContext } from '../api-context.ts'
import { callerOf } from '../caller-of.ts'
import { type PageQuery, pageRequest, sealPage } from '../cursor.ts'
import { pageOf } from '../schemas/components.ts'
import { pageQuery } from '../schemas/query.ts'
import { jobAnswers, routeSchema } from '../schemas/route-schema.ts'
import { closed, nullable, oneOf, ref, text } from '../schemas/schema.ts'

interface JobsQuery extends PageQuery {
  readonly state?: string
  readonly group?: string
}

interface CancelBody {
  readonly mode?: 'stop-after-current' | 'abort-and-observe'
}

interface ById {
  readonly Params: { readonly id: string }
}

const tag = 'jobs'
const params = { id: text() }

export function jobRoutes(app: FastifyInstance, context: ApiContext): void {
  const { control } = context

  const states = oneOf('accepted', 'queued', 'running', 'paused', 'succeeded', 'failed', 'cancelled')
  const listSchema = routeSchema({
    tag,
    summary: 'Jobs, newest first',
    query: pageQuery({ state: states, group: text() }),
    answers: { 200: pageOf('Job') },
  })
  app.get<{ Querystring: JobsQuery }>('/api/v1/jobs', { schema: listSchema }, async ({ query }) => {
    const filter = {
      ...(query.state === undefined ? {} : { state: query.state }),
      ...(query.group === undefined ? {} : { group: query.group }),
    }
    return sealPage('jobs', control.jobs(pageRequest('jobs', query), filter))
  })

  app.get<ById>(
    '/api/v1/jobs/:id',
    { schema: routeSchema({ tag, summary: 'One job', params, answers: { 200: ref('Job') } }) },
    async ({ params }) => control.job(params.id),
  )

  app.get<ById>(
    '/api/v1/jobs/:id/plan',
    {
      schema: routeSchema({
        tag,
        summary: 'The plan that the job runs',
        params,
        answers: { 200: ref('Plan') },
      }),
    },
    async ({ params }) => control.jobPlan(params.id),
  )

  const cancelSchema = routeSchema({
    tag,
    summary: 'Cancel: stop after the current step, or abort it and observe what it did',
    params,
    body: nullable(closed({}, { mode: oneOf('stop-after-current', 'abort-and-observe') })),
    answers: jobAnswers,
  })
  app.post<ById & { Body: CancelBody | null | undefined }>(
    '/api/v1/jobs/:id/cancel',
    { schema: cancelSchema },
    async (request, reply) => {
      const mode = request.body?.mode ?? 'stop-after-current'
      const job = await control.cancelJob(request.params.id, mode, callerOf(request))
      return answerJob(context, request, reply, job)
    },
  )

  app.post<ById>(
    '/api/v1/jobs/:id/retry',
    { schema: routeSchema({ tag, summary: 'Retry what is paused or failed', params, answers: jobAnswers }) },
    async (request, reply) =>
      answerJob(context, request, reply, await control.retryJob(request.params.id, callerOf(request))),
  )
}
