import type { FastifyInstance } from 'fastify'
import type { RolloutAction } from '../../engine/control.ts'
import { answerJob } from '../answer-job.ts'
import type { ApiContext } from '../api-context.ts'
import { callerOf } from '../caller-of.ts'
import { jobAnswers, nameParam, routeSchema } from '../schemas/route-schema.ts'
import { closed, integer, nullable } from '../schemas/schema.ts'

interface ByName {
  readonly Params: { readonly name: string }
}

const SUMMARIES: Readonly<Record<RolloutAction, string>> = {
  pause: 'Pause the rollout: no further node gets the candidate',
  resume: 'Resume a paused rollout',
  promote: 'Let the rollout go on where its policy waits for a person',
  abort: 'Abort the rollout: nodes go back to what is committed',
  retry: 'Retry what was rejected, quarantined or held back',
}

const ACTIONS = Object.keys(SUMMARIES) as RolloutAction[]
const tag = 'rollouts'
const params = nameParam

/** Controls of a rollout address the job that holds the group's lock: they never queue behind it. */
export function rolloutRoutes(app: FastifyInstance, context: ApiContext): void {
  const { control } = context
  for (const action of ACTIONS)
    app.post<ByName>(
      `/api/v1/groups/:name/rollout/${action}`,
      { schema: routeSchema({ tag, summary: SUMMARIES[action], params, answers: jobAnswers }) },
      async (request, reply) =>
        answerJob(
          context,
          request,
          reply,
          await control.rollout(request.params.name, action, callerOf(request)),
        ),
    )

  const schema = routeSchema({
    tag,
    summary: 'Roll back: a new revision that restores the pins of revision `to`, or of the one before',
    params,
    body: nullable(closed({}, { to: integer })),
    answers: jobAnswers,
  })
  app.post<ByName & { Body: { readonly to?: number } | null | undefined }>(
    '/api/v1/groups/:name/rollback',
    { schema },
    async (request, reply) => {
      const job = await control.rollback(request.params.name, request.body?.to, callerOf(request))
      return answerJob(context, request, reply, job)
    },
  )
}
