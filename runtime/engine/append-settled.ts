import { isKonorError, KonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import type { AppendRequest, Journal } from '../journal/journal.ts'

/**
 * Appends, and settles an ambiguous outcome before anything else is appended: the record is looked for by its id. It
 * is there: the append succeeded. It is not: nothing was written, since an append is all or nothing; the leader goes on
 * and the request may be repeated (`KONOR_JOURNAL_IO`). When it cannot be looked for, nobody knows, and nobody may be
 * told that it did not happen: it stays `KONOR_JOURNAL_AMBIGUOUS`, and the leader ends.
 */
export async function appendSettled(journal: Journal, request: AppendRequest): Promise<void> {
  try {
    await journal.append(request)
  } catch (cause) {
    if (!isKonorError(cause, 'KONOR_JOURNAL_AMBIGUOUS')) throw cause
    if (await hasHappened(journal, request)) return
    throw new KonorError('KONOR_JOURNAL_IO', 'the append did not happen: repeat the request', { cause })
  }
}

async function hasHappened(journal: Journal, { records: [first] }: AppendRequest): Promise<boolean> {
  try {
    return first !== undefined && (await journal.find(first.id)) !== undefined
  } catch (cause) {
    const message =
      'an append may have happened, and the journal cannot be asked: look before you repeat the request'
    throw new KonorError('KONOR_JOURNAL_AMBIGUOUS', message, { cause })
  }
}
