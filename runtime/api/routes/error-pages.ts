import type { FastifyInstance } from 'fastify'
import { KonorError } from '../../../actors/vocabulary/errors/konor-error.ts'
import { errorPage } from '../error-page.ts'
import { routeSchema } from '../schemas/route-schema.ts'
import { text } from '../schemas/schema.ts'

const MARKDOWN = 'text/markdown'

/** The pages that the `type` of a problem refers to. */
export function errorPageRoutes(app: FastifyInstance): void {
  const schema = routeSchema({
    tag: 'meta',
    summary: 'What an error code means and what to do',
    params: { code: text('KONOR_AREA_WHAT') },
    answers: { 200: text() },
    produces: [MARKDOWN],
  })
  app.get<{ Params: { readonly code: string } }>(
    '/docs/reference/errors/:code',
    { schema },
    async ({ params }, reply) => {
      const page = errorPage(params.code)
      if (page === undefined)
        throw new KonorError('KONOR_API_NOT_FOUND', `there is no error code ${JSON.stringify(params.code)}`)
      return reply.type(`${MARKDOWN}; charset=utf-8`).send(page)
    },
  )
}
