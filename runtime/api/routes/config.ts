import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { CborValue } from '../../../actors/vocabulary/canonical/cbor-value.ts'
import { answerJob } from '../answer-job.ts'
import type { ApiContext } from '../api-context.ts'
import { MANIFEST_BYTES_MAX } from '../api-limits.ts'
import { callerOf } from '../caller-of.ts'
import { assertConfigPath } from '../config-path.ts'
import { type PageQuery, pageRequest, sealPage } from '../cursor.ts'
import { demandedVersion, entityTag, readerHas } from '../entity-tag.ts'
import { pageOfEntries } from '../page-of-entries.ts'
import { sendConfiguration } from '../send-configuration.ts'
import { JSON_TYPE, RAW_TYPE, YAML_TYPE } from '../negotiate.ts'
import { pageOf } from '../schemas/components.ts'
import { pageQuery, query } from '../schemas/query.ts'
import { jobAnswers, routeSchema } from '../schemas/route-schema.ts'
import { anyValue, array, boolean, closed, integer, mapOf, ref, text } from '../schemas/schema.ts'

interface OfPath {
  readonly Params: { readonly path: string }
}
interface OfKey {
  readonly Params: { readonly path: string; readonly key: string }
}
interface VersionQuery {
  readonly version?: number
}
interface ListQuery extends VersionQuery, PageQuery {
  readonly recursive?: boolean
}

const tag = 'config'
const pathParams = { path: text('the ConfigSet path; its slashes need no encoding') }
const keyParams = { ...pathParams, key: text() }
const versionQuery = { version: { ...integer, description: 'an older version of the path' } }

export function configRoutes(app: FastifyInstance, context: ApiContext): void {
  readPaths(app, context)
  readKeys(app, context)
  writeKeys(app, context)
}

function readPaths(app: FastifyInstance, { control }: ApiContext): void {
  const listSets = (prefix: string, page: PageQuery) =>
    sealPage('config', control.paths(prefix, pageRequest('config', page)))

  const rootSchema = routeSchema({
    tag,
    summary: 'All ConfigSets',
    query: pageQuery(),
    answers: { 200: pageOf('ConfigSet') },
  })
  for (const url of ['/api/v1/config', '/api/v1/config/'])
    app.get<{ Querystring: PageQuery }>(url, { schema: rootSchema }, async ({ query }) =>
      listSets('/', query),
    )

  const pathSchema = routeSchema({
    tag,
    summary: 'The declared head of a path, or with `recursive` the ConfigSets at and below it',
    query: pageQuery({ ...versionQuery, recursive: boolean }),
    params: pathParams,
    answers: { 200: { anyOf: [ref('Path'), pageOf('ConfigSet')] }, 304: null },
    produces: [JSON_TYPE, YAML_TYPE],
  })
  app.get<OfPath & { Querystring: ListQuery }>(
    '/api/v1/config/:path/',
    { schema: pathSchema },
    async (request, reply) => {
      const path = assertConfigPath(request.params.path)
      if (request.query.recursive === true) return listSets(path, request.query)
      const { view, page } = await pageOfEntries(control, path, request.query)
      reply.header('ETag', entityTag(view.version))
      if (readerHas(request.headers, view.version)) return reply.status(304).send()
      const { entries: _entries, ...head } = view
      return sendConfiguration(request, reply, { ...head, ...page })
    },
  )
}

function readKeys(app: FastifyInstance, { control }: ApiContext): void {
  const schema = routeSchema({
    tag,
    summary: 'One key of the declared head, or of `version`',
    query: query(versionQuery),
    params: keyParams,
    answers: { 200: ref('Key'), 304: null },
    produces: [JSON_TYPE, YAML_TYPE, RAW_TYPE],
  })
  app.get<OfKey & { Querystring: VersionQuery }>(
    '/api/v1/config/:path/:key',
    { schema },
    async (request, reply) => {
      const { path, key } = request.params
      const view = await control.key(assertConfigPath(path), key, request.query.version)
      reply.header('ETag', entityTag(view.version))
      if (readerHas(request.headers, view.version)) return reply.status(304).send()
      return sendConfiguration(request, reply, view, view.value)
    },
  )
}

function writeKeys(app: FastifyInstance, context: ApiContext): void {
  const { control } = context
  const change = async (
    request: FastifyRequest<OfKey>,
    reply: FastifyReply,
    entries: { readonly set: Readonly<Record<string, CborValue>>; readonly remove: readonly string[] },
  ): Promise<FastifyReply> => {
    const path = assertConfigPath(request.params.path)
    const version = demandedVersion(request.headers)
    const ifMatch = version === undefined ? {} : { ifMatch: { version, key: request.params.key } }
    return answerJob(
      context,
      request,
      reply,
      await control.changeEntries({ path, ...entries, ...ifMatch }, callerOf(request)),
    )
  }

  changeRoute(app, context)

  const body = closed({ value: anyValue })
  app.put<OfKey & { Body: { readonly value: CborValue } }>(
    '/api/v1/config/:path/:key',
    { schema: routeSchema({ tag, summary: 'Set one key', params: keyParams, body, answers: jobAnswers }) },
    async (request, reply) =>
      change(request, reply, { set: { [request.params.key]: request.body.value }, remove: [] }),
  )

  app.delete<OfKey>(
    '/api/v1/config/:path/:key',
    { schema: routeSchema({ tag, summary: 'Remove one key', params: keyParams, answers: jobAnswers }) },
    async (request, reply) => change(request, reply, { set: {}, remove: [request.params.key] }),
  )

  app.delete<OfPath>(
    '/api/v1/config/:path/',
    {
      schema: routeSchema({
        tag,
        summary: 'Remove a whole ConfigSet',
        params: pathParams,
        answers: jobAnswers,
      }),
    },
    async (request, reply) => {
      const path = assertConfigPath(request.params.path)
      const job = await control.remove('configset', path, demandedVersion(request.headers), callerOf(request))
      return answerJob(context, request, reply, job)
    },
  )
}

interface ChangeBody {
  readonly set?: Readonly<Record<string, CborValue>>
  readonly remove?: readonly string[]
}

/** Several keys of one path in one job. */
function changeRoute(app: FastifyInstance, context: ApiContext): void {
  const schema = routeSchema({
    tag,
    summary: 'Set and remove several keys of a path in one job; `If-Match` is the version of the path',
    params: pathParams,
    body: closed({}, { set: mapOf(anyValue), remove: array(text()) }),
    answers: jobAnswers,
  })
  app.patch<OfPath & { Body: ChangeBody }>(
    '/api/v1/config/:path/',
    { schema, bodyLimit: MANIFEST_BYTES_MAX },
    async (request, reply) => {
      const path = assertConfigPath(request.params.path)
      const version = demandedVersion(request.headers)
      const { set = {}, remove = [] } = request.body
      const change = { path, set, remove, ...(version === undefined ? {} : { ifMatch: { version } }) }
      return answerJob(
        context,
        request,
        reply,
        await context.control.changeEntries(change, callerOf(request)),
      )
    },
  )
}
