import type { ExecutionContext } from 'ava'
import type { ErrorCode } from '../../actors/vocabulary/errors/index.ts'
import { isKonorError } from '../../actors/vocabulary/errors/konor-error.ts'

/** The promise rejects with an operating error of this code. */
export async function throwsCode(
  t: ExecutionContext,
  code: ErrorCode,
  promise: Promise<unknown>,
): Promise<void> {
  const error = await t.throwsAsync(promise)
  t.true(isKonorError(error, code), `expected ${code}, but: ${String(error)}`)
}
