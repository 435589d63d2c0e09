import type { FastifyInstance, FastifyRequest } from 'fastify'
import { KonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import type { ApiContext } from './api-context.ts'
import { DENIED_PER_MINUTE_MAX } from './api-limits.ts'

const PUBLIC_ROUTES: ReadonlySet<string> = new Set(['/health', '/health/ready'])

/**
 * Demands an API key (`X-API-Key`, or a bearer token) on every route but health. An address that keeps presenting
 * bad keys gets 429 after a while. Keys are compared inside `Control`, which stores hashes only.
 */
export function demandApiKey(app: FastifyInstance, { control, logger }: ApiContext): void {
  const countDenied = app.createRateLimit({
    max: DENIED_PER_MINUTE_MAX,
    timeWindow: 60_000,
    keyGenerator: request => request.ip,
  })
  app.addHook('onRequest', async (request, reply) => {
    if (PUBLIC_ROUTES.has(request.routeOptions.url ?? '')) return
    const key = presentedKey(request)
    request.principal = key === undefined ? undefined : control.authenticate(key)
    if (request.principal !== undefined) return
    const denied = await countDenied(request)
    if (!denied.isAllowed && denied.isExceeded) {
      reply.header('Retry-After', denied.ttlInSeconds)
      throw new KonorError(
        'KONOR_API_RATE_LIMITED',
        'too many requests without a valid API key; wait and correct it',
      )
    }
    logger.debug({ traceId: request.traceId, hasKey: key !== undefined }, 'request denied')
    reply.header('WWW-Authenticate', 'Bearer realm="konorkestra"')
    throw new KonorError(
      'KONOR_API_UNAUTHENTICATED',
      key === undefined
        ? 'send an API key as X-API-Key or as a bearer token'
        : 'this API key is not valid here',
    )
  })
}

function presentedKey({ headers }: FastifyRequest): string | undefined {
  const key = headers['x-api-key']
  if (typeof key === 'string' && key !== '') return key
  return /^Bearer\s+(\S+)\s*$/i.exec(headers.authorization ?? '')?.[1]
}
