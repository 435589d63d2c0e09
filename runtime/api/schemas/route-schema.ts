import { JSON_TYPE } from '../negotiate.ts'
import { PROBLEM_MEDIA_TYPE } from '../problem.ts'
import { query } from './query.ts'
import { closed, type Schema, ref, text } from './schema.ts'

interface Route {
  readonly tag: string
  readonly summary: string
  readonly query?: Schema
  readonly params?: Readonly<Record<string, Schema>>
  readonly body?: Schema
  /** Status → schema of the JSON answer; an answer without a body is `null`. */
  readonly answers: Readonly<Record<number, Schema | null>>
  /** Media types of the answers, JSON unless said. */
  readonly produces?: readonly string[]
  readonly isPublic?: boolean
}

/** The schema of a route as fastify and the OpenAPI document want it; problems are common to all. */
export function routeSchema(route: Route): Record<string, unknown> {
  const produces = route.produces ?? [JSON_TYPE]
  const response: Record<string, unknown> = {
    default: {
      description: 'A problem (RFC 9457)',
      content: { [PROBLEM_MEDIA_TYPE]: { schema: ref('Problem') } },
    },
  }
  for (const [status, schema] of Object.entries(route.answers)) {
    const description = DESCRIPTIONS[status] ?? 'The answer'
    response[status] =
      schema === null
        ? { description, type: 'null' }
        : { description, content: Object.fromEntries(produces.map(type => [type, { schema }])) }
  }
  return {
    tags: [route.tag],
    summary: route.summary,
    querystring: route.query ?? query(),
    ...(route.params === undefined ? {} : { params: closed(route.params) }),
    ...(route.body === undefined ? {} : { body: route.body }),
    response,
    ...(route.isPublic === true ? { security: [] } : {}),
  }
}

const DESCRIPTIONS: Readonly<Record<string, string>> = {
  200: 'Done',
  201: 'Created',
  202: 'Accepted and durable; `Location` is the job',
  204: 'Done, nothing to say',
  304: 'Not modified',
  422: 'The job ended without success',
  503: 'Not ready',
}

/** The answers of a route that makes a job, `Prefer: wait` included. */
export const jobAnswers: Readonly<Record<number, Schema>> = {
  200: ref('Job'),
  202: ref('Job'),
}

export const nameParam: Readonly<Record<string, Schema>> = { name: text() }
