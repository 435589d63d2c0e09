import type { FastifyInstance } from 'fastify'
import type { ApiContext } from '../api-context.ts'
import { callerOf } from '../caller-of.ts'
import { routeSchema } from '../schemas/route-schema.ts'
import { ref } from '../schemas/schema.ts'

const tag = 'gossip'

/** Gossip as central takes part in it, and the rotation of its key. */
export function gossipRoutes(app: FastifyInstance, { control }: ApiContext): void {
  app.get(
    '/api/v1/gossip',
    {
      schema: routeSchema({
        tag,
        summary: 'Members of gossip as central sees them, and how far its keys are',
        answers: { 200: ref('Gossip') },
      }),
    },
    async () => control.gossip(),
  )

  app.post(
    '/api/v1/gossip/rotation',
    {
      schema: routeSchema({
        tag,
        summary: 'Rotate the group key of gossip; no member is dropped',
        answers: { 202: ref('Gossip') },
      }),
    },
    async (request, reply) => reply.status(202).send(await control.rotateGossipKey(callerOf(request))),
  )
}
