import type { FastifyRequest } from 'fastify'
import { digestOfBytes } from '../../actors/vocabulary/canonical/digest.ts'
import { KonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import type { Caller } from '../engine/control.ts'
import { IDEMPOTENCY_KEY_LENGTH_MAX } from './api-limits.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Who the API key belongs to; set by the authentication hook, so always there in a handler that needs a key. */
    principal: Pick<Caller, 'principal' | 'scopes'> | undefined
    /** W3C trace context that this request goes on with. */
    traceparent: string
    traceId: string
    /** The body as it came, for digests; undefined without a body. */
    bodyBytes: Buffer | undefined
    /** Wall of the monotonic clock at arrival, for the duration metric. */
    arrivedMs: number
  }
}

/** The caller of a request, with all that tells a repetition from a second request. */
export function callerOf(request: FastifyRequest): Caller {
  if (request.principal === undefined) throw new KonorError('KONOR_API_UNAUTHENTICATED', 'send an API key')
  const idempotencyKey = idempotencyKeyOf(request)
  return {
    ...request.principal,
    traceparent: request.traceparent,
    ...(idempotencyKey === undefined ? {} : { idempotencyKey, requestDigest: digestOfRequest(request) }),
  }
}

function idempotencyKeyOf(request: FastifyRequest): string | undefined {
  const key = request.headers['idempotency-key']
  if (key === undefined) return undefined
  if (typeof key === 'string' && key.length <= IDEMPOTENCY_KEY_LENGTH_MAX && /^[\x21-\x7e]+$/.test(key))
    return key
  const expected = `header Idempotency-Key: expected 1 to ${IDEMPOTENCY_KEY_LENGTH_MAX} visible ASCII characters`
  throw new KonorError('KONOR_API_INVALID_REQUEST', expected, { errors: [{ message: expected }] })
}

/** The digest covers what the request does: its method, its address with the query, its precondition and its body. */
function digestOfRequest(request: FastifyRequest) {
  const { method, url, headers } = request
  const head = JSON.stringify([method, url, headers['if-match'] ?? null, headers['if-none-match'] ?? null])
  return digestOfBytes(Buffer.concat([Buffer.from(`${head}\n`), request.bodyBytes ?? Buffer.alloc(0)]))
}
