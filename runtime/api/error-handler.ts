import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { ErrorDetail } from '../../actors/vocabulary/errors/konor-error.ts'
import { KonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import type { ApiContext } from './api-context.ts'
import { PROBLEM_MEDIA_TYPE, problemOf } from './problem.ts'

/** Turns whatever is thrown into a problem document: coded errors by the table, the framework's by their meaning. */
export function answerProblems(app: FastifyInstance, { logger }: ApiContext): void {
  app.setErrorHandler((thrown: FastifyError, request, reply) => {
    const error = toKonorError(thrown)
    if (error.spec.status >= 500)
      logger.error({ err: thrown, code: error.code, traceId: request.traceId }, 'request failed')
    return sendProblem(error, request, reply)
  })
}

/** Answers the problem of `error`, with `members` (a failed job) beside it. */
export function sendProblem(
  error: KonorError,
  request: FastifyRequest,
  reply: FastifyReply,
  members: object = {},
): FastifyReply {
  const { status, retryable } = error.spec
  if ((status === 429 || status === 503) && retryable && !reply.hasHeader('Retry-After'))
    reply.header('Retry-After', '1')
  return reply
    .status(status)
    .type(PROBLEM_MEDIA_TYPE)
    .send(
      Buffer.from(JSON.stringify({ ...members, ...problemOf(error, request.originalUrl, request.traceId) })),
    )
}

const FRAMEWORK_CODES: Readonly<Record<string, KonorError['code']>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'KONOR_API_BODY_TOO_LARGE',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'KONOR_API_UNSUPPORTED_MEDIA_TYPE',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'KONOR_API_MALFORMED_BODY',
  FST_ERR_BAD_URL: 'KONOR_API_INVALID_REQUEST',
  FST_ERR_MAX_PARAM_LENGTH: 'KONOR_API_INVALID_REQUEST',
}

/** The operating error that a thrown thing stands for; what is not ours and not the caller's is an internal one. */
export function toKonorError(thrown: FastifyError): KonorError {
  if (thrown instanceof KonorError) return thrown
  if (thrown.validation !== undefined) return invalidRequest(thrown)
  const code = FRAMEWORK_CODES[thrown.code]
  if (code !== undefined) return new KonorError(code, thrown.message, { cause: thrown })
  if (thrown.statusCode !== undefined && thrown.statusCode >= 400 && thrown.statusCode < 500)
    return new KonorError('KONOR_API_INVALID_REQUEST', thrown.message, { cause: thrown })
  return new KonorError('KONOR_API_INTERNAL', 'the central failed at this request; its log has the cause', {
    cause: thrown,
  })
}

function invalidRequest(thrown: FastifyError): KonorError {
  const where = thrown.validationContext ?? 'body'
  const errors = (thrown.validation ?? []).map(
    ({ instancePath, message = 'is not valid', params }): ErrorDetail => {
      const allowed = Array.isArray(params['allowedValues']) ? `: ${params['allowedValues'].join(', ')}` : ''
      const extra = params['additionalProperty']
      const what = extra === undefined ? `${message}${allowed}` : `${message}: ${JSON.stringify(extra)}`
      return where === 'body'
        ? { pointer: instancePath, message: what }
        : {
            message: `${where === 'querystring' ? 'query parameter' : where} ${instancePath.slice(1)} ${what}`,
          }
    },
  )
  const first = errors[0]
  const detail = first === undefined ? thrown.message : `${first.pointer ?? ''} ${first.message}`.trim()
  return new KonorError('KONOR_API_INVALID_REQUEST', `${where} is not valid: ${detail}`, {
    errors,
    cause: thrown,
  })
}
