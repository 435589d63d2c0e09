import type { FastifyInstance } from 'fastify'
import type { AuditFilter } from '../../engine/control.ts'
import type { ApiContext } from '../api-context.ts'
import { type PageQuery, pageRequest, sealPage } from '../cursor.ts'
import { pageOf } from '../schemas/components.ts'
import { pageQuery } from '../schemas/query.ts'
import { routeSchema } from '../schemas/route-schema.ts'
import { text, time } from '../schemas/schema.ts'

const FILTERS = ['actor', 'resource', 'action', 'from', 'to'] as const

export function auditRoutes(app: FastifyInstance, { control }: ApiContext): void {
  const schema = routeSchema({
    tag: 'audit',
    summary: 'Who did what, newest first',
    query: pageQuery({
      actor: text('who: `key/ID`'),
      resource: text('an actor address'),
      action: text(),
      from: time,
      to: time,
    }),
    answers: { 200: pageOf('Audit') },
  })
  app.get<{ Querystring: PageQuery & AuditFilter }>('/api/v1/audit', { schema }, async ({ query }) => {
    const given = FILTERS.flatMap(name => (query[name] === undefined ? [] : [[name, query[name]] as const]))
    return sealPage('audit', await control.audit(pageRequest('audit', query), Object.fromEntries(given)))
  })
}
