import { KonorError } from '../../../actors/vocabulary/errors/konor-error.ts'

/**
 * What a reader gets who asks for something that is not there; `why` tells what became of it, where that is
 * known.
 */
export function notFound(what: string, name: string, why?: string): KonorError {
  const message = why === undefined ? `there is no ${what} ${name}` : `there is no ${what} ${name}: ${why}`
  return new KonorError('KONOR_ENGINE_NOT_FOUND', message, { details: { what, name } })
}
