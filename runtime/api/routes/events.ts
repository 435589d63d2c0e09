import type { FastifyInstance } from 'fastify'
import { KonorError } from '../../../actors/vocabulary/errors/konor-error.ts'
import type { ApiContext } from '../api-context.ts'
import { callerOf } from '../caller-of.ts'
import { EVENT_ID_PATTERN } from '../events/event-frame.ts'
import { streamEvents } from '../events/stream-events.ts'
import { negotiate } from '../negotiate.ts'
import { query } from '../schemas/query.ts'
import { routeSchema } from '../schemas/route-schema.ts'
import { text } from '../schemas/schema.ts'

interface EventsQuery {
  readonly since?: string
  readonly group?: string
}

const EVENT_STREAM = 'text/event-stream'
/** How soon a reader connects again, in milliseconds. */
const RECONNECT_MS = 1000

export function eventRoutes(app: FastifyInstance, context: ApiContext): void {
  const { control, streams, closing, clock, metrics, logger } = context
  const schema = routeSchema({
    tag: 'events',
    summary: 'Public events as they happen (SSE); `Last-Event-ID` or `since` resumes exactly',
    query: query({
      since: { type: 'string', pattern: EVENT_ID_PATTERN, description: 'TIMELINE-SEQ.K' },
      group: text('only events that concern this group'),
    }),
    answers: { 200: text() },
    produces: [EVENT_STREAM],
  })
  app.get<{ Querystring: EventsQuery }>(
    '/api/v1/events',
    { schema, exposeHeadRoute: false },
    (request, reply) => {
      negotiate(request.headers.accept, [EVENT_STREAM])
      // What a browser sends when it connects again is newer than what stood in the address at first.
      const since = lastEventId(request.headers['last-event-id']) ?? request.query.since
      const leave = streams.take(callerOf(request).principal)
      const gone = new AbortController()
      const signal = AbortSignal.any([gone.signal, closing])
      reply.raw.once('close', () => gone.abort())
      reply.hijack()
      const headers = { ...reply.getHeaders(), 'Content-Type': EVENT_STREAM, 'X-Accel-Buffering': 'no' }
      reply.raw.writeHead(200, { ...headers, 'Konor-Index': control.index() } as Record<string, string>)
      reply.raw.write(`retry: ${RECONNECT_MS}\n\n`)
      const events = control.events(since, signal)
      streamEvents({ raw: reply.raw, events, signal, group: request.query.group, clock, metrics })
        .catch((err: unknown) => logger.error({ err, traceId: request.traceId }, 'event stream failed'))
        .finally(leave)
    },
  )
}

function lastEventId(header: string | string[] | undefined): string | undefined {
  if (header === undefined || header === '') return undefined
  if (typeof header === 'string' && new RegExp(EVENT_ID_PATTERN).test(header)) return header
  const message = 'header Last-Event-ID: expected TIMELINE-SEQ.K'
  throw new KonorError('KONOR_API_INVALID_REQUEST', message, { errors: [{ message }] })
}
