import type { FastifyInstance } from 'fastify'
import type { ApiContext } from '../api-context.ts'
import { negotiate, RAW_TYPE } from '../negotiate.ts'
import { routeSchema } from '../schemas/route-schema.ts'
import { text } from '../schemas/schema.ts'

/** The media type of the Prometheus text format; scrapers that only accept others know this one too. */
const PROMETHEUS_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

export function metricsRoutes(app: FastifyInstance, { metrics, streams }: ApiContext): void {
  const stop = metrics.onScrape(() => metrics.set('konor_event_streams', {}, streams.open))
  app.addHook('onClose', async () => stop())
  app.get(
    '/metrics',
    {
      schema: routeSchema({
        tag: 'health',
        summary: 'Metrics in the Prometheus text format',
        answers: { 200: text() },
        produces: [RAW_TYPE],
      }),
    },
    async (request, reply) => {
      negotiate(request.headers.accept, [RAW_TYPE])
      return reply.type(PROMETHEUS_TYPE).send(await metrics.text())
    },
  )
}
