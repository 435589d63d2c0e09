import type { FastifyInstance } from 'fastify'
import { KonorError } from '../../actors/vocabulary/errors/konor-error.ts'

interface KnownRoute {
  readonly pattern: RegExp
  readonly methods: Set<string>
}

/** Answers 405 with `Allow` where the path is known, else 404. Must be called before the routes are declared. */
export function answerUnknownRoutes(app: FastifyInstance): void {
  const known = new Map<string, KnownRoute>()
  app.addHook('onRoute', ({ url, method }) => {
    const route = known.get(url) ?? { pattern: patternOf(url), methods: new Set<string>() }
    for (const name of [method].flat()) route.methods.add(name)
    known.set(url, route)
  })
  app.setNotFoundHandler((request, reply) => {
    const pathname = request.url.split('?', 1)[0] ?? ''
    const allowed = [...known.values()].find(({ pattern }) => pattern.test(pathname))?.methods
    if (allowed === undefined)
      throw new KonorError(
        'KONOR_API_NOT_FOUND',
        `there is no route ${request.method} ${request.originalUrl}`,
      )
    reply.header('Allow', [...allowed].sort().join(', '))
    throw new KonorError('KONOR_API_METHOD_NOT_ALLOWED', `this route knows ${[...allowed].sort().join(', ')}`)
  })
}

function patternOf(url: string): RegExp {
  const source = url.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/:[a-zA-Z]+/g, '[^/]+')
  return new RegExp(`^${source}$`)
}
