import { isKonorError, KonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import type { AppendRequest, Journal } from '../journal/journal.ts'

/**
 * Appends, and settles an ambiguous outcome before anything else is appended: the record is looked for by its id. It
 * is there: the append succeeded. It is not: nothing was written, since an append is all or nothing; the leader goes on
 * and the request may be repeated (`KONOR_JOURNAL_IO`).
 */
export async function appendSettled(journal: Journal, request: AppendRequest): Promise<void> {
  try {
    await journal.append(request)
  } catch (cause) {
    if (!isKonorError(cause, 'KONOR_JOURNAL_AMBIGUOUS')) throw cause
    const first = request.records[0]
    const found = first === undefined ? undefined : await journal.find(first.id)
    if (found !== undefined) return
    throw new KonorError('KONOR_JOURNAL_IO', 'the append did not happen: repeat the request', { cause })
  }
}
