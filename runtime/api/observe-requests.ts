import type { FastifyInstance } from 'fastify'
import type { ApiContext } from './api-context.ts'
import { continueTrace, traceIdOf } from './trace-context.ts'

/** Gives each request its trace, counts it and logs it. Headers and bodies are never logged: they hold secrets. */
export function observeRequests(app: FastifyInstance, { clock, logger, metrics, random }: ApiContext): void {
  app.decorateRequest('principal', undefined)
  app.decorateRequest('traceparent', '')
  app.decorateRequest('traceId', '')
  app.decorateRequest('bodyBytes', undefined)
  app.decorateRequest('arrivedMs', 0)
  app.addHook('onRequest', async (request, reply) => {
    const received = request.headers['traceparent']
    request.arrivedMs = clock.monotonicMs()
    request.traceparent = continueTrace(typeof received === 'string' ? received : undefined, random)
    request.traceId = traceIdOf(request.traceparent) ?? ''
    reply.header('traceparent', request.traceparent)
  })
  app.addHook('onResponse', async (request, reply) => {
    const durationMs = clock.monotonicMs() - request.arrivedMs
    const route = request.routeOptions.url ?? 'unknown'
    const { method } = request
    const status = reply.statusCode
    metrics.observe('konor_http_request_duration_seconds', { method, route, status }, durationMs / 1000)
    const fields = {
      method,
      route,
      status,
      durationMs: Math.round(durationMs * 10) / 10,
      traceId: request.traceId,
    }
    logger.debug({ ...fields, by: request.principal?.principal }, 'request answered')
  })
}
