/**
 * One row of the error table. `status` is the HTTP status of the problem document, `exit` the exit code of
 * the CLI, `retryable` whether the same request may succeed later unchanged, `title` the constant short text
 * and `help` what the reader should do next (both go to the generated error reference).
 */
export interface ErrorSpec {
  readonly status: number
  readonly exit: number
  readonly retryable: boolean
  readonly title: string
  readonly help: string
}

/** Declares a part of the error table with its keys kept as literal types. */
export function errorTable<const T extends Record<`KONOR_${string}`, ErrorSpec>>(table: T): T {
  return table
}
