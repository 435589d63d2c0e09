import type { FastifyInstance } from 'fastify'
import type { ApiContext } from '../api-context.ts'
import { routeSchema } from '../schemas/route-schema.ts'
import { object, oneOf, ref, text } from '../schemas/schema.ts'

export function healthRoutes(app: FastifyInstance, { control }: ApiContext): void {
  app.get(
    '/health',
    {
      schema: routeSchema({
        tag: 'health',
        summary: 'Whether the process lives',
        answers: { 200: object({ status: oneOf('live'), version: text() }) },
        isPublic: true,
      }),
    },
    async () => ({ status: 'live', version: control.health().version }),
  )

  app.get(
    '/health/ready',
    {
      schema: routeSchema({
        tag: 'health',
        summary: 'Whether this central can serve, with a line for each check',
        answers: { 200: ref('Health'), 503: ref('Health') },
        isPublic: true,
      }),
    },
    async (_request, reply) => {
      const health = control.health()
      return reply.status(health.ready ? 200 : 503).send(health)
    },
  )
}
