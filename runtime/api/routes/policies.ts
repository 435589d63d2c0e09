import type { FastifyInstance } from 'fastify'
import { answerJob } from '../answer-job.ts'
import type { ApiContext } from '../api-context.ts'
import { callerOf } from '../caller-of.ts'
import { type PageQuery, pageRequest, sealPage } from '../cursor.ts'
import { demandedVersion } from '../entity-tag.ts'
import { pageOf } from '../schemas/components.ts'
import { pageQuery } from '../schemas/query.ts'
import { jobAnswers, nameParam, routeSchema } from '../schemas/route-schema.ts'
import { ref } from '../schemas/schema.ts'

interface ByName {
  readonly Params: { readonly name: string }
}

const tag = 'policies'
const params = nameParam

export function policyRoutes(app: FastifyInstance, context: ApiContext): void {
  const { control } = context

  const listSchema = routeSchema({
    tag,
    summary: 'Policies, built in and declared',
    query: pageQuery(),
    answers: { 200: pageOf('Policy') },
  })
  app.get<{ Querystring: PageQuery }>('/api/v1/policies', { schema: listSchema }, async ({ query }) =>
    sealPage('policies', control.policies(pageRequest('policies', query))),
  )

  app.get<ByName>(
    '/api/v1/policies/:name',
    {
      schema: routeSchema({
        tag,
        summary: 'One policy with its machine',
        params,
        answers: { 200: ref('Policy') },
      }),
    },
    async ({ params }) => control.policy(params.name),
  )

  app.delete<ByName>(
    '/api/v1/policies/:name',
    { schema: routeSchema({ tag, summary: 'Delete a declared policy', params, answers: jobAnswers }) },
    async (request, reply) => {
      const version = demandedVersion(request.headers)
      const job = await control.remove('policy', request.params.name, version, callerOf(request))
      return answerJob(context, request, reply, job)
    },
  )
}
