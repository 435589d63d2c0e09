import type { FastifyInstance } from 'fastify'
import type { ApiContext } from '../api-context.ts'
import { assertConfigPath } from '../config-path.ts'
import { type PageQuery, pageRequest, sealPage } from '../cursor.ts'
import { pageOf } from '../schemas/components.ts'
import { pageQuery } from '../schemas/query.ts'
import { routeSchema } from '../schemas/route-schema.ts'
import { text } from '../schemas/schema.ts'

export function historyRoutes(app: FastifyInstance, { control }: ApiContext): void {
  const schema = routeSchema({
    tag: 'config',
    summary: 'The versions of a path, newest first',
    query: pageQuery(),
    params: { path: text('the ConfigSet path; its slashes need no encoding') },
    answers: { 200: pageOf('History') },
  })
  app.get<{ Params: { readonly path: string }; Querystring: PageQuery }>(
    '/api/v1/history/:path',
    { schema },
    async ({ params, query }) => {
      const path = assertConfigPath(params.path)
      const list = `history${path}`
      return sealPage(list, control.history(path, pageRequest(list, query)))
    },
  )
}
