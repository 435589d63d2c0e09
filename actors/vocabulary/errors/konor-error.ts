import { type ErrorCode, errors } from './index.ts'
import type { ErrorSpec } from './error-spec.ts'

/**
 * One place in a document that is wrong: a JSON pointer, what was expected, and where it stands in its file.
 */
export interface ErrorDetail {
  readonly pointer?: string
  readonly message: string
  readonly file?: string
  readonly line?: number
}

export interface KonorErrorOptions {
  readonly cause?: unknown
  readonly errors?: readonly ErrorDetail[]
  /** Facts that belong to this occurrence (what moved, which bound); never a secret. */
  readonly details?: Readonly<Record<string, unknown>>
  /** What to do next, where the advice that the table gives for the code would mislead. */
  readonly help?: string
}

/** An operating error: typed, with a stable code of the table. Programmer errors are assertions instead. */
export class KonorError extends Error {
  readonly code: ErrorCode
  readonly errors: readonly ErrorDetail[]
  readonly details: Readonly<Record<string, unknown>>
  readonly #help: string | undefined

  constructor(code: ErrorCode, message: string, options: KonorErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'KonorError'
    this.code = code
    this.errors = options.errors ?? []
    this.details = options.details ?? {}
    this.#help = options.help
  }

  /** What to do next. */
  get help(): string | undefined {
    return this.#help ?? this.spec.help
  }

  get spec(): ErrorSpec {
    return errors[this.code]
  }
}

/** Whether a thrown thing is an operating error of the given code (or of any code). */
export function isKonorError(thrown: unknown, code?: ErrorCode): thrown is KonorError {
  return thrown instanceof KonorError && (code === undefined || thrown.code === code)
}
