import type { FastifyInstance } from 'fastify'
import type { ActorFilter } from '../../engine/control.ts'
import type { ApiContext } from '../api-context.ts'
import { type PageQuery, pageRequest, sealPage } from '../cursor.ts'
import { pageOf } from '../schemas/components.ts'
import { pageQuery, query } from '../schemas/query.ts'
import { routeSchema } from '../schemas/route-schema.ts'
import { integer, ref, text } from '../schemas/schema.ts'

interface OfActor {
  readonly Params: { readonly address: string }
}

const tag = 'actors'
const params = { address: text('an actor address, as `job/01J…`; its slashes need no encoding') }

export function actorRoutes(app: FastifyInstance, { control, closing }: ApiContext): void {
  const listSchema = routeSchema({
    tag,
    summary: 'All actors, by address',
    query: pageQuery({
      kind: text('only of this kind, as `job`'),
      state: text('only in this state, as the list shows it'),
    }),
    answers: { 200: pageOf('Actor') },
  })
  app.get<{ Querystring: PageQuery & ActorFilter }>(
    '/api/v1/actors',
    { schema: listSchema },
    async ({ query: { kind, state, ...page } }) => {
      const filter = { ...(kind === undefined ? {} : { kind }), ...(state === undefined ? {} : { state }) }
      return sealPage('actors', control.actors(pageRequest('actors', page), filter))
    },
  )

  const oneSchema = routeSchema({
    tag,
    summary: 'One actor with its state and its machine, now or after any record',
    params,
    query: query({
      at: { ...integer, minimum: 1, description: 'as it was after the record of this sequence: a replay' },
    }),
    answers: { 200: ref('ActorDetail') },
  })
  app.get<OfActor & { Querystring: { readonly at?: number } }>(
    '/api/v1/actors/:address',
    { schema: oneSchema },
    async (request, reply) => {
      const gone = new AbortController()
      reply.raw.once('close', () => gone.abort())
      const signal = AbortSignal.any([gone.signal, closing])
      return control.actor(request.params.address, request.query.at, signal)
    },
  )

  const eventsSchema = routeSchema({
    tag,
    summary: 'What the journal tells of one actor, newest first; a page may be short and still have a next',
    params,
    query: pageQuery(),
    answers: { 200: pageOf('Event') },
  })
  app.get<OfActor & { Querystring: PageQuery }>(
    '/api/v1/actors/:address/events',
    { schema: eventsSchema },
    async ({ params: { address }, query: page }) => {
      const list = `actors/${address}/events`
      return sealPage(list, await control.actorEvents(address, pageRequest(list, page)))
    },
  )
}
