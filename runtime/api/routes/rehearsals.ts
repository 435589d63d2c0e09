import type { FastifyInstance } from 'fastify'
import { KonorError } from '../../../actors/vocabulary/errors/konor-error.ts'
import type { ManifestSource } from '../../manifest/manifest-source.ts'
import type { RehearsalRequest } from '../../rehearsals/rehearsal-view.ts'
import { FAULT_PROFILES } from '../../rehearsals/rehearsal-spec.ts'
import type { Rehearsals } from '../../rehearsals/rehearsals.ts'
import type { ApiContext } from '../api-context.ts'
import { MANIFEST_BYTES_MAX } from '../api-limits.ts'
import { callerOf } from '../caller-of.ts'
import { streamRehearsal } from '../events/stream-rehearsal.ts'
import { negotiate } from '../negotiate.ts'
import { routeSchema } from '../schemas/route-schema.ts'
import { array, closed, object, oneOf, ref, type Schema, text } from '../schemas/schema.ts'

interface StartBody extends RehearsalRequest {
  readonly manifests: readonly ManifestSource[]
}

interface ById {
  readonly Params: { readonly id: string }
}

const EVENT_STREAM = 'text/event-stream'
const tag = 'rehearsals'
const params = { id: text() }
const share: Schema = { type: 'number', minimum: 0, maximum: 1 }
const milliseconds: Schema = { type: 'integer', minimum: 0, maximum: 3_600_000 }

const limits = closed(
  {},
  {
    maxRollback: share,
    maxPaused: share,
    maxFailed: share,
    maxBlast: share,
    maxRejected: share,
    maxTime: closed({ quantile: share, ms: { type: 'integer', minimum: 0 } }),
  },
)
const body = closed(
  { manifests: array(closed({ file: text(), text: text() })) },
  {
    seeds: { type: 'integer', minimum: 1 },
    seed: { type: 'integer', minimum: 0 },
    faults: oneOf(...FAULT_PROFILES),
    rejectShare: share,
    slowP99Ms: milliseconds,
    limits,
  },
)

/** Rehearsals of this central: played beside its work, kept in memory. */
export function rehearsalRoutes(app: FastifyInstance, context: ApiContext): void {
  app.post<{ Body: StartBody }>(
    '/api/v1/rehearsals',
    {
      bodyLimit: MANIFEST_BYTES_MAX,
      schema: routeSchema({
        tag,
        summary: 'Play manifests on a simulated copy of this cluster; nothing changes',
        body,
        answers: { 202: ref('Rehearsal') },
      }),
    },
    async (request, reply) => {
      const { manifests, ...wanted } = request.body
      const started = await rehearsalsOf(context).start(manifests, wanted, callerOf(request).principal)
      return reply.status(202).header('Location', `/api/v1/rehearsals/${started.id}`).send(started)
    },
  )

  const list = object({ items: array(ref('Rehearsal')) })
  app.get(
    '/api/v1/rehearsals',
    {
      schema: routeSchema({
        tag,
        summary: 'Rehearsals that this central remembers, newest first',
        answers: { 200: list },
      }),
    },
    async () => ({ items: rehearsalsOf(context).list().map(withoutReport), next: null }),
  )

  app.get<ById>(
    '/api/v1/rehearsals/:id',
    {
      schema: routeSchema({
        tag,
        summary: 'One rehearsal, with its report once it has ended',
        params,
        answers: { 200: ref('Rehearsal') },
      }),
    },
    async request => rehearsalsOf(context).get(request.params.id),
  )

  app.delete<ById>(
    '/api/v1/rehearsals/:id',
    {
      schema: routeSchema({
        tag,
        summary: 'Cancel a rehearsal; its report is of the seeds that were played',
        params,
        answers: { 200: ref('Rehearsal') },
      }),
    },
    async request => rehearsalsOf(context).cancel(request.params.id),
  )

  progressRoute(app, context)
}

function progressRoute(app: FastifyInstance, context: ApiContext): void {
  const { streams, closing, clock, logger } = context
  const schema = routeSchema({
    tag,
    summary: 'Its progress as it is played (SSE): `progress`, and `ended` with the report',
    params,
    answers: { 200: text() },
    produces: [EVENT_STREAM],
  })
  app.get<ById>('/api/v1/rehearsals/:id/events', { schema, exposeHeadRoute: false }, (request, reply) => {
    negotiate(request.headers.accept, [EVENT_STREAM])
    const rehearsals = rehearsalsOf(context)
    const { id } = rehearsals.get(request.params.id)
    const leave = streams.take(callerOf(request).principal)
    const gone = new AbortController()
    const signal = AbortSignal.any([gone.signal, closing])
    reply.raw.once('close', () => gone.abort())
    reply.hijack()
    const headers = { ...reply.getHeaders(), 'Content-Type': EVENT_STREAM, 'X-Accel-Buffering': 'no' }
    reply.raw.writeHead(200, headers as Record<string, string>)
    streamRehearsal({ raw: reply.raw, rehearsals, id, signal, clock })
      .catch((err: unknown) => logger.error({ err, rehearsal: id }, 'a progress stream failed'))
      .finally(leave)
  })
}

function rehearsalsOf({ rehearsals }: ApiContext): Rehearsals {
  if (rehearsals !== undefined) return rehearsals
  throw new KonorError('KONOR_REHEARSAL_UNAVAILABLE', 'this central was started without a simulator')
}

/** A list of reports with stories would be long, and each is one request away. */
function withoutReport(view: ReturnType<Rehearsals['get']>) {
  const { report: _, ...rest } = view
  return rest
}
