import type { FastifyInstance } from 'fastify'
import type { Digest } from '../../../actors/vocabulary/canonical/digest.ts'
import { answerJob } from '../answer-job.ts'
import type { ApiContext } from '../api-context.ts'
import { MANIFEST_BYTES_MAX } from '../api-limits.ts'
import { acceptManifestBodies, type ManifestBody } from '../bodies.ts'
import { callerOf } from '../caller-of.ts'
import { query } from '../schemas/query.ts'
import { jobAnswers, routeSchema } from '../schemas/route-schema.ts'
import { array, boolean, closed, digest, object, oneOf, ref, text } from '../schemas/schema.ts'

interface ApplyQuery {
  readonly dryRun?: boolean
  readonly plan?: Digest
  readonly onFailure?: 'keep' | 'rollback-all'
}

/** What the body parsers make of manifests in any accepted media type. */
const body = closed({ sources: array(closed({ file: text(), text: text() })) })
const tag = 'manifests'

/** `apply`, `plan` and `diff`: manifests in, YAML or JSON. */
export function manifestRoutes(app: FastifyInstance, context: ApiContext): void {
  const { control } = context
  const bodyLimit = MANIFEST_BYTES_MAX
  acceptManifestBodies(app)

  const dryRun = object({ dryRun: boolean, plan: ref('Plan'), diff: ref('Diff') })
  const schema = routeSchema({
    tag,
    summary: 'Declare manifests, atomically; with `dryRun` only say what would happen',
    query: query({ dryRun: boolean, plan: digest, onFailure: oneOf('keep', 'rollback-all') }),
    body,
    answers: { ...jobAnswers, 200: { anyOf: [ref('Job'), dryRun] } },
  })
  app.post<{ Body: ManifestBody; Querystring: ApplyQuery }>(
    '/api/v1/apply',
    { bodyLimit, schema },
    async (request, reply) => {
      const { dryRun, plan: planDigest, onFailure } = request.query
      const { sources } = request.body
      const caller = callerOf(request)
      if (dryRun === true) {
        const [plan, diff] = await Promise.all([control.plan(sources, caller), control.diff(sources, caller)])
        return { dryRun: true, plan, diff }
      }
      const options = {
        ...(planDigest === undefined ? {} : { planDigest }),
        ...(onFailure === undefined ? {} : { onFailure }),
      }
      return answerJob(context, request, reply, await control.apply(sources, options, caller))
    },
  )

  app.post<{ Body: ManifestBody }>(
    '/api/v1/plan',
    {
      bodyLimit,
      schema: routeSchema({
        tag,
        summary: 'The compiled plan and its digest',
        body,
        answers: { 200: ref('Plan') },
      }),
    },
    async request => control.plan(request.body.sources, callerOf(request)),
  )

  app.post<{ Body: ManifestBody }>(
    '/api/v1/diff',
    {
      bodyLimit,
      schema: routeSchema({ tag, summary: 'What would change', body, answers: { 200: ref('Diff') } }),
    },
    async request => control.diff(request.body.sources, callerOf(request)),
  )
}
