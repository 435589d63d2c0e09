import type { FastifyReply, FastifyRequest } from 'fastify'
import { stringify } from 'yaml'
import type { CborValue } from '../../actors/vocabulary/canonical/cbor-value.ts'
import { JSON_TYPE, negotiate, RAW_TYPE, YAML_TYPE } from './negotiate.ts'

/**
 * Answers configuration as the caller accepts it: JSON, YAML, or (where there is one value) raw: text as it stands,
 * anything else as JSON, without a line break at the end.
 */
export function sendConfiguration(
  request: FastifyRequest,
  reply: FastifyReply,
  view: object,
  raw?: CborValue,
): FastifyReply {
  const offered = raw === undefined ? [JSON_TYPE, YAML_TYPE] : [JSON_TYPE, YAML_TYPE, RAW_TYPE]
  const type = negotiate(request.headers.accept, offered)
  reply.header('Vary', 'Accept')
  if (type === YAML_TYPE) return reply.type(YAML_TYPE).send(stringify(view))
  if (type === RAW_TYPE)
    return reply.type(`${RAW_TYPE}; charset=utf-8`).send(typeof raw === 'string' ? raw : JSON.stringify(raw))
  return reply.send(view)
}
