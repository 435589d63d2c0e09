import type { ErrorDetail, KonorError } from '../../actors/vocabulary/errors/konor-error.ts'

export const PROBLEM_MEDIA_TYPE = 'application/problem+json'

/** An RFC 9457 problem document with our extension members. */
export interface Problem {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly detail: string
  readonly instance: string
  readonly code: string
  readonly retryable: boolean
  readonly traceId: string
  readonly errors: readonly ErrorDetail[]
  /** Facts of this occurrence: what moved, which bound. */
  readonly details?: Readonly<Record<string, unknown>>
}

/** The stable, relative address of the page that documents an error code. */
export function errorPagePath(code: string): string {
  return `/docs/reference/errors/${errorPageName(code)}`
}

/** `KONOR_API_NOT_FOUND` → `konor-api-not-found`: the name of its page. */
export function errorPageName(code: string): string {
  return code.toLowerCase().replaceAll('_', '-')
}

/** The problem document of an operating error, made from the error table alone: no stack, no cause. */
export function problemOf(error: KonorError, instance: string, traceId: string): Problem {
  const { status, title, retryable } = error.spec
  return {
    type: errorPagePath(error.code),
    title,
    status,
    detail: error.message,
    instance,
    code: error.code,
    retryable,
    traceId,
    errors: error.errors,
    ...(Object.keys(error.details).length > 0 ? { details: error.details } : {}),
  }
}
