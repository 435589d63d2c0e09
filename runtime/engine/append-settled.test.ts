import test from 'ava'
import { KonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import type { AppendRequest, Journal } from '../journal/journal.ts'
import { appendSettled } from './append-settled.ts'

const REQUEST = { expectedSeq: 0, records: [{ id: 'r1' }], blobs: [] } as unknown as AppendRequest

function journalOf(appended: Error | undefined, find: () => Promise<number | undefined>): Journal {
  const append = async (): Promise<object> => {
    if (appended !== undefined) throw appended
    return { seq: 1 }
  }
  return { append, find } as unknown as Journal
}

const unclear = new KonorError('KONOR_JOURNAL_AMBIGUOUS', 'no answer')
const full = new KonorError('KONOR_JOURNAL_FULL', 'no room')
const nobodyAsks = (): Promise<number> => Promise.reject(new Error('nobody has a reason to look'))

test('an unclear append is looked for: it happened, or it did not', async t => {
  await t.notThrowsAsync(appendSettled(journalOf(undefined, nobodyAsks), REQUEST))
  await t.notThrowsAsync(
    appendSettled(
      journalOf(unclear, async () => 1),
      REQUEST,
    ),
  )
  await t.throwsAsync(
    appendSettled(
      journalOf(unclear, async () => undefined),
      REQUEST,
    ),
    { code: 'KONOR_JOURNAL_IO' },
  )
  await t.throwsAsync(appendSettled(journalOf(full, nobodyAsks), REQUEST), { code: 'KONOR_JOURNAL_FULL' })
})

test('where it cannot be looked for, nobody is told that it did not happen', async t => {
  const silent = (): Promise<number> =>
    Promise.reject(new KonorError('KONOR_JOURNAL_IO', 'the log does not answer'))
  const error = await t.throwsAsync(appendSettled(journalOf(unclear, silent), REQUEST), {
    instanceOf: KonorError,
  })
  t.is(error?.code, 'KONOR_JOURNAL_AMBIGUOUS')
  t.false(error?.spec.retryable, 'a leader that does not know what it has written ends')
})
