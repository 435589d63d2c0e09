import type { FastifyInstance } from 'fastify'
import { routeSchema } from '../schemas/route-schema.ts'

export function openApiRoutes(app: FastifyInstance): void {
  app.get(
    '/api/v1/openapi.json',
    {
      schema: routeSchema({
        tag: 'meta',
        summary: 'This document',
        answers: { 200: { type: 'object' } },
      }),
    },
    async () => app.swagger(),
  )
}
