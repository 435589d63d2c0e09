import type { FastifyInstance } from 'fastify'
import type { ApiContext } from '../api-context.ts'
import { callerOf } from '../caller-of.ts'
import { type PageQuery, pageRequest, sealPage } from '../cursor.ts'
import { pageOf } from '../schemas/components.ts'
import { pageQuery } from '../schemas/query.ts'
import { nameParam, routeSchema } from '../schemas/route-schema.ts'
import { ref } from '../schemas/schema.ts'

interface ByName {
  readonly Params: { readonly name: string }
}

const tag = 'nodes'
const params = nameParam

export function nodeRoutes(app: FastifyInstance, { control }: ApiContext): void {
  app.get<{ Querystring: PageQuery }>(
    '/api/v1/nodes',
    { schema: routeSchema({ tag, summary: 'Nodes', query: pageQuery(), answers: { 200: pageOf('Node') } }) },
    async ({ query }) => sealPage('nodes', control.nodes(pageRequest('nodes', query))),
  )

  app.get<ByName>(
    '/api/v1/nodes/:name',
    { schema: routeSchema({ tag, summary: 'One node', params, answers: { 200: ref('Node') } }) },
    async ({ params }) => control.node(params.name),
  )

  app.post<ByName>(
    '/api/v1/nodes/:name/drain',
    {
      schema: routeSchema({
        tag,
        summary: 'Drain: the node keeps what it runs and gets no further rollout',
        params,
        answers: { 200: ref('Node') },
      }),
    },
    async request => control.drainNode(request.params.name, callerOf(request)),
  )

  app.delete<ByName>(
    '/api/v1/nodes/:name',
    {
      schema: routeSchema({
        tag,
        summary: 'Remove a node and its subscriptions',
        params,
        answers: { 204: null },
      }),
    },
    async (request, reply) => {
      await control.removeNode(request.params.name, callerOf(request))
      return reply.status(204).send()
    },
  )
}
