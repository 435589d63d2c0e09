import type { FastifyInstance } from 'fastify'
import { KonorError } from '../../../actors/vocabulary/errors/konor-error.ts'
import type { ApiContext } from '../api-context.ts'
import { callerOf } from '../caller-of.ts'
import { type PageQuery, pageRequest, sealPage } from '../cursor.ts'
import { DURATION_PATTERN, parseDuration } from '../parse-duration.ts'
import { pageOf } from '../schemas/components.ts'
import { pageQuery } from '../schemas/query.ts'
import { nameParam, routeSchema } from '../schemas/route-schema.ts'
import { closed, integer, nullable, object, text, time } from '../schemas/schema.ts'

interface CreateBody {
  readonly uses?: number
  readonly expires?: string
}

const tag = 'tokens'

export function tokenRoutes(app: FastifyInstance, { control }: ApiContext): void {
  const schema = routeSchema({
    tag,
    summary: 'Create a subscription token; its secret is in this answer only',
    params: nameParam,
    body: nullable(
      closed(
        {},
        {
          uses: { type: 'integer', minimum: 1, maximum: 1_000_000 },
          expires: { type: 'string', pattern: DURATION_PATTERN, description: 'a duration such as 24h' },
        },
      ),
    ),
    answers: { 201: object({ id: text(), token: text(), uses: integer, expiresAt: time }) },
  })
  app.post<{ Params: { readonly name: string }; Body: CreateBody | null | undefined }>(
    '/api/v1/groups/:name/tokens',
    { schema },
    async (request, reply) => {
      const { uses, expires } = request.body ?? {}
      const wanted = {
        ...(uses === undefined ? {} : { uses }),
        ...(expires === undefined ? {} : { expiresInMs: expiryMs(expires) }),
      }
      const created = await control.createToken(request.params.name, wanted, callerOf(request))
      return reply.status(201).header('Location', `/api/v1/tokens/${created.id}`).send(created)
    },
  )

  app.get<{ Querystring: PageQuery }>(
    '/api/v1/tokens',
    {
      schema: routeSchema({ tag, summary: 'Tokens', query: pageQuery(), answers: { 200: pageOf('Token') } }),
    },
    async ({ query }) => sealPage('tokens', control.tokens(pageRequest('tokens', query))),
  )

  app.delete<{ Params: { readonly id: string } }>(
    '/api/v1/tokens/:id',
    {
      schema: routeSchema({ tag, summary: 'Revoke a token', params: { id: text() }, answers: { 204: null } }),
    },
    async (request, reply) => {
      await control.revokeToken(request.params.id, callerOf(request))
      return reply.status(204).send()
    },
  )
}

function expiryMs(text: string): number {
  const expiresInMs = parseDuration(text)
  if (expiresInMs !== undefined && expiresInMs > 0) return expiresInMs
  const message = 'expected a duration such as 30m, 24h or 7d, more than zero and less than a century'
  throw new KonorError('KONOR_API_INVALID_REQUEST', `/expires: ${message}`, {
    errors: [{ pointer: '/expires', message }],
  })
}
