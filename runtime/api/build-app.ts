import rateLimit from '@fastify/rate-limit'
import swagger from '@fastify/swagger'
import Fastify, { type FastifyInstance, type FastifyServerOptions } from 'fastify'
import { KonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import { answerUnknownRoutes } from './unknown-routes.ts'
import type { ApiContext } from './api-context.ts'
import {
  BODY_BYTES_MAX,
  CONNECTIONS_MAX,
  RATE_LIMIT_PER_SECOND_DEFAULT,
  REQUEST_RECEIVE_MS_MAX,
  URL_PATH_LENGTH_MAX,
} from './api-limits.ts'
import { demandApiKey } from './authenticate.ts'
import { acceptJsonBodies } from './bodies.ts'
import { keepConsistent } from './consistency.ts'
import { answerProblems, sendProblem, toKonorError } from './error-handler.ts'
import { observeRequests } from './observe-requests.ts'
import { openApiOptions } from './openapi.ts'
import { rewriteActorUrl } from './rewrite-actor-url.ts'
import { rewriteConfigUrl } from './rewrite-config-url.ts'
import { routes } from './routes/index.ts'
import { components } from './schemas/components.ts'
import { secureHeaders } from './secure-headers.ts'
import { continueTrace, traceIdOf } from './trace-context.ts'
import { validateRequests } from './validate.ts'

export interface TlsFiles {
  readonly cert: string | Buffer
  readonly key: string | Buffer
}

/** The HTTP application with all its routes, ready but not listening. */
export async function buildApp(context: ApiContext, tls?: TlsFiles): Promise<FastifyInstance> {
  const app = createApp(context, tls)
  validateRequests(app)
  for (const [name, schema] of Object.entries(components)) app.addSchema({ ...schema, $id: name })
  answerProblems(app, context)
  answerUnknownRoutes(app)
  observeRequests(app, context)
  secureHeaders(app, tls !== undefined)
  await app.register(swagger, openApiOptions(context.control.health().version))
  await app.register(rateLimit, { global: false })
  demandApiKey(app, context)
  limitRate(app, context)
  keepConsistent(app, context)
  acceptJsonBodies(app)
  for (const declare of routes) await app.register(async scope => declare(scope, context))
  await app.ready()
  app.server.maxConnections = CONNECTIONS_MAX
  return app
}

function createApp({ random }: ApiContext, tls: TlsFiles | undefined): FastifyInstance {
  const options: FastifyServerOptions = {
    bodyLimit: BODY_BYTES_MAX,
    exposeHeadRoutes: true,
    forceCloseConnections: 'idle',
    logger: false,
    requestTimeout: REQUEST_RECEIVE_MS_MAX,
    rewriteUrl: (request: { readonly url?: string | undefined }) =>
      rewriteActorUrl(rewriteConfigUrl(request.url ?? '/')),
    routerOptions: { maxParamLength: URL_PATH_LENGTH_MAX },
    // A URL that cannot be routed is answered before any hook ran: it gets its trace here.
    frameworkErrors(error, request, reply) {
      request.traceId = traceIdOf(continueTrace(undefined, random)) ?? ''
      void sendProblem(toKonorError(error), request, reply)
    },
  }
  // The cast forgets only which kind of server it is, which no route looks at.
  return tls === undefined
    ? Fastify(options)
    : Fastify({ ...options, https: { ...tls } } as FastifyServerOptions)
}

/** One bound for each API key: a runaway script harms its own key only. */
function limitRate(app: FastifyInstance, { options }: ApiContext): void {
  const countRequest = app.createRateLimit({
    max: options.rateLimitPerSecond ?? RATE_LIMIT_PER_SECOND_DEFAULT,
    timeWindow: 1000,
    keyGenerator: request => request.principal?.principal ?? request.ip,
  })
  app.addHook('onRequest', async (request, reply) => {
    if (request.principal === undefined) return
    const counted = await countRequest(request)
    if (counted.isAllowed || !counted.isExceeded) return
    reply.header('Retry-After', counted.ttlInSeconds)
    throw new KonorError('KONOR_API_RATE_LIMITED', `more than ${counted.max} requests a second; slow down`, {
      details: { perSecond: counted.max },
    })
  })
}
