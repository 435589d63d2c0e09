import { isKonorError, KonorError } from '../../../actors/vocabulary/errors/konor-error.ts'
import type { Patience } from './patience.ts'

/** The service cannot be asked now; what it holds is not in doubt. */
export function unreachable(what: string, cause?: unknown): KonorError {
  return new KonorError('KONOR_JOURNAL_UNREACHABLE', what, cause === undefined ? {} : { cause })
}

export function full(): KonorError {
  return new KonorError('KONOR_JOURNAL_FULL', 'the log service has no room for more; nothing was written')
}

/** The answer, or undefined when the service could not be asked; every other failure is thrown on. */
export async function unlessUnreachable<T>(asking: Promise<T>): Promise<T | undefined> {
  try {
    return await asking
  } catch (thrown) {
    if (isKonorError(thrown, 'KONOR_JOURNAL_UNREACHABLE')) return undefined
    throw thrown
  }
}

/** Asks until the service answers anything, or `patience` has run out. */
export async function insist<T>(patience: Patience, ask: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await ask()
    } catch (thrown) {
      if (!isKonorError(thrown, 'KONOR_JOURNAL_UNREACHABLE') || !(await patience.pause())) throw thrown
    }
  }
}
