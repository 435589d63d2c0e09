import type { FastifyInstance } from 'fastify'
import type { FleetOrder, HealthRange } from '../../engine/analytics-views.ts'
import type { ApiContext } from '../api-context.ts'
import { type PageQuery, pageRequest, sealPage } from '../cursor.ts'
import { pageOf } from '../schemas/components.ts'
import { pageQuery, query } from '../schemas/query.ts'
import { nameParam, routeSchema } from '../schemas/route-schema.ts'
import { oneOf, ref, type Schema, text } from '../schemas/schema.ts'

const tag = 'analytics'

const time: Schema = {
  type: 'string',
  format: 'date-time',
  description: 'ISO 8601; default: the newest sixty stretches',
}

interface HealthQuery {
  readonly from?: string
  readonly to?: string
  readonly resolution?: HealthRange['resolution']
}

interface AlertQuery extends PageQuery {
  readonly state?: string
  readonly kind?: string
}

export function analyticsRoutes(app: FastifyInstance, context: ApiContext): void {
  healthRoutes(app, context)
  shareRoutes(app, context)
  alertRoutes(app, context)
}

function healthRoutes(app: FastifyInstance, { control }: ApiContext): void {
  const resolution = { ...oneOf('10s', '1m', '1h'), default: '10s' }
  app.get<{ Params: { readonly name: string }; Querystring: HealthQuery }>(
    '/api/v1/nodes/:name/health',
    {
      schema: routeSchema({
        tag,
        summary: 'How a node does, and did',
        params: nameParam,
        query: query({ from: time, to: time, resolution }),
        answers: { 200: ref('NodeHealth') },
      }),
    },
    async ({ params, query: { from, to, resolution: wanted = '10s' } }) =>
      control.nodeHealth(params.name, {
        resolution: wanted,
        ...(from === undefined ? {} : { fromMs: Date.parse(from) }),
        ...(to === undefined ? {} : { toMs: Date.parse(to) }),
      }),
  )

  const sort = {
    ...oneOf('name', 'round-trip', 'loss', 'lag', 'load', 'memory', 'heard'),
    default: 'name',
    description: 'by name, or the worst first; what is measured moves between two pages',
  }
  app.get<{ Querystring: PageQuery & { readonly sort?: FleetOrder } }>(
    '/api/v1/analytics/nodes',
    {
      schema: routeSchema({
        tag,
        summary: 'Every node as it is now',
        query: pageQuery({ sort }),
        answers: { 200: pageOf('Vitals') },
      }),
    },
    async ({ query: { sort: order = 'name', ...page } }) => {
      const list = `analytics/nodes/${order}`
      return sealPage(list, control.fleetHealth(pageRequest(list, page), order))
    },
  )
}

function shareRoutes(app: FastifyInstance, { control }: ApiContext): void {
  app.get<{ Querystring: PageQuery }>(
    '/api/v1/analytics/versions',
    {
      schema: routeSchema({
        tag,
        summary: 'Versions of agents, with their nodes counted',
        query: pageQuery(),
        answers: { 200: pageOf('VersionShare') },
      }),
    },
    async ({ query: page }) => sealPage('versions', control.versions(pageRequest('versions', page))),
  )

  app.get<{ Querystring: PageQuery }>(
    '/api/v1/analytics/platforms',
    {
      schema: routeSchema({
        tag,
        summary: 'Where nodes stand: cloud or on-premises, with their nodes counted',
        query: pageQuery(),
        answers: { 200: pageOf('PlatformShare') },
      }),
    },
    async ({ query: page }) => sealPage('platforms', control.platforms(pageRequest('platforms', page))),
  )
}

function alertRoutes(app: FastifyInstance, { control }: ApiContext): void {
  const filters = { state: oneOf('raised', 'cleared'), kind: text('such as flapping') }
  const lists = [
    ['/api/v1/alerts', 'alerts', 'Alerts, the newest first'],
    ['/api/v1/analytics/anomalies', 'anomalies', 'What was found out of the ordinary, the newest first'],
  ] as const
  for (const [path, list, summary] of lists)
    app.get<{ Querystring: AlertQuery }>(
      path,
      {
        schema: routeSchema({
          tag,
          summary,
          query: pageQuery(filters),
          answers: { 200: pageOf('Alert') },
        }),
      },
      async ({ query: { state, kind, ...page } }) => {
        const filter = { ...(state === undefined ? {} : { state }), ...(kind === undefined ? {} : { kind }) }
        return sealPage(list, control.alerts(pageRequest(list, page), filter))
      },
    )
}
