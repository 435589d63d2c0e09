import type { FastifyInstance } from 'fastify'
import { KonorError } from '../../../actors/vocabulary/errors/konor-error.ts'
import { ERROR_CODES, errorPage } from '../error-page.ts'
import { errorPageName } from '../problem.ts'
import { routeSchema } from '../schemas/route-schema.ts'
import { text } from '../schemas/schema.ts'

const MARKDOWN = 'text/markdown'

/** The pages that the `type` of a problem refers to. */
export function errorPageRoutes(app: FastifyInstance): void {
  const schema = routeSchema({
    tag: 'meta',
    summary: 'What an error code means and what to do',
    params: { page: text('a code in lower case, with dashes') },
    answers: { 200: text() },
    produces: [MARKDOWN],
  })
  app.get<{ Params: { readonly page: string } }>(
    '/docs/reference/errors/:page',
    { schema },
    async ({ params }, reply) => {
      const code = ERROR_CODES.find(known => errorPageName(known) === params.page)
      if (code === undefined)
        throw new KonorError('KONOR_API_NOT_FOUND', `there is no error page ${JSON.stringify(params.page)}`)
      return reply.type(`${MARKDOWN}; charset=utf-8`).send(errorPage(code))
    },
  )
}
