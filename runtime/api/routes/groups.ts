import type { FastifyInstance } from 'fastify'
import { answerJob } from '../answer-job.ts'
import type { ApiContext } from '../api-context.ts'
import { callerOf } from '../caller-of.ts'
import { type PageQuery, pageRequest, sealPage } from '../cursor.ts'
import { demandedVersion } from '../entity-tag.ts'
import { JSON_TYPE, YAML_TYPE } from '../negotiate.ts'
import { pageOf } from '../schemas/components.ts'
import { pageQuery, query } from '../schemas/query.ts'
import { jobAnswers, nameParam, routeSchema } from '../schemas/route-schema.ts'
import { integer, ref } from '../schemas/schema.ts'
import { sendConfiguration } from '../send-configuration.ts'

interface ByName {
  readonly Params: { readonly name: string }
}

const tag = 'groups'
const params = nameParam

export function groupRoutes(app: FastifyInstance, context: ApiContext): void {
  const { control } = context

  app.get<{ Querystring: PageQuery }>(
    '/api/v1/groups',
    {
      schema: routeSchema({ tag, summary: 'Groups', query: pageQuery(), answers: { 200: pageOf('Group') } }),
    },
    async ({ query }) => sealPage('groups', control.groups(pageRequest('groups', query))),
  )

  app.get<ByName>(
    '/api/v1/groups/:name',
    {
      schema: routeSchema({
        tag,
        summary: 'One group: what it committed, what it rolls out, what it holds back',
        params,
        answers: { 200: ref('Group') },
      }),
    },
    async ({ params }) => control.group(params.name),
  )

  app.delete<ByName>(
    '/api/v1/groups/:name',
    { schema: routeSchema({ tag, summary: 'Delete a group', params, answers: jobAnswers }) },
    async (request, reply) => {
      const version = demandedVersion(request.headers)
      const job = await control.remove('group', request.params.name, version, callerOf(request))
      return answerJob(context, request, reply, job)
    },
  )

  groupParts(app, context)
}

function groupParts(app: FastifyInstance, { control }: ApiContext): void {
  const revisions = routeSchema({
    tag,
    summary: 'The revisions of a group, newest first',
    query: pageQuery(),
    params,
    answers: { 200: pageOf('Revision') },
  })
  app.get<ByName & { Querystring: PageQuery }>(
    '/api/v1/groups/:name/revisions',
    { schema: revisions },
    async ({ params: { name }, query }) => {
      const list = `groups/${name}/revisions`
      return sealPage(list, control.groupRevisions(name, pageRequest(list, query)))
    },
  )

  const diffQuery = query({ from: integer, to: integer })
  const diff = routeSchema({
    tag,
    summary: 'What differs between two revisions',
    query: { ...diffQuery, required: ['from', 'to'] },
    params,
    answers: { 200: ref('Diff') },
  })
  app.get<ByName & { Querystring: { readonly from: number; readonly to: number } }>(
    '/api/v1/groups/:name/diff',
    { schema: diff },
    async ({ params: { name }, query: { from, to } }) => control.groupDiff(name, from, to),
  )

  const nodes = routeSchema({
    tag,
    summary: 'How far each node of the group is',
    query: pageQuery(),
    params,
    answers: { 200: pageOf('GroupNode') },
  })
  app.get<ByName & { Querystring: PageQuery }>(
    '/api/v1/groups/:name/nodes',
    { schema: nodes },
    async ({ params: { name }, query }) => {
      const list = `groups/${name}/nodes`
      return sealPage(list, control.groupNodes(name, pageRequest(list, query)))
    },
  )

  const effective = routeSchema({
    tag,
    summary: 'The effective configuration, committed or of `revision`, and where each value comes from',
    query: query({ revision: integer }),
    params,
    answers: { 200: ref('Effective') },
    produces: [JSON_TYPE, YAML_TYPE],
  })
  app.get<ByName & { Querystring: { readonly revision?: number } }>(
    '/api/v1/groups/:name/effective',
    { schema: effective },
    async (request, reply) => {
      const view = await control.effective(request.params.name, request.query.revision)
      return sendConfiguration(request, reply, view)
    },
  )
}
