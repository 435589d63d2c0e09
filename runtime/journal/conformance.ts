import type { ExecutionContext, TestFn } from 'ava'
import { digestOfBytes } from '../../actors/vocabulary/canonical/digest.ts'
import type { ErrorCode } from '../../actors/vocabulary/errors/index.ts'
import { isKonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import {
  APPEND_RECORDS_MAX,
  BLOB_BYTES_MAX,
  type Journal,
  RECORD_BYTES_MAX,
  RECORD_ID_CHARS_MAX,
} from './journal.ts'
import { besideTheChainConformance, lifeConformance, readConformance } from './conformance-reading.ts'
import type { MakeJournal } from './journal-harness.test.kit.ts'
import { GENESIS_HASH, recordHash } from './record-hash.ts'
import { throwsCode } from './throws-code.test.kit.ts'
import { fillJournal, readAll, sampleBlob, sampleDraft, sampleDrafts } from './sample-records.test.kit.ts'

/**
 * What every adapter of the journal port must do, as tests. `makeJournal` gives an empty journal and is told
 * the test, to clean up with its `teardown`. Run it from the adapter's own test file.
 */
export function journalConformance(test: TestFn, makeJournal: MakeJournal): void {
  appendConformance(test, makeJournal)
  refusalConformance(test, makeJournal)
  readConformance(test, makeJournal)
  besideTheChainConformance(test, makeJournal)
  lifeConformance(test, makeJournal)
}

function appendConformance(test: TestFn, makeJournal: MakeJournal): void {
  test('an empty journal begins at sequence 0, timeline 1', async t => {
    const { journal } = await makeJournal(t)
    t.deepEqual(await journal.head(), { seq: 0, hash: GENESIS_HASH, timeline: 1, epoch: 0, timeMs: 0 })
    t.deepEqual(await readAll(journal), [])
  })

  test('records come back as they were appended, in order, chained by their hashes', async t => {
    const { journal } = await makeJournal(t)
    const drafts = [
      sampleDraft(1),
      sampleDraft(2, { epoch: 7, timeMs: 2.5, payload: new Uint8Array(), outputs: new Uint8Array() }),
      sampleDraft(3, { epoch: 7, id: 'é 漢 🙂', wallMs: 0.25, payload: new Uint8Array(300_000).fill(9) }),
    ]
    await journal.append({ expectedSeq: 0, records: drafts.slice(0, 1), blobs: [] })
    const head = await journal.append({ expectedSeq: 1, records: drafts.slice(1), blobs: [] })
    const records = await readAll(journal)
    let prevHash = GENESIS_HASH
    for (const [index, record] of records.entries()) {
      const { seq, prevHash: named, hash, ...draft } = record
      t.deepEqual(draft, drafts[index])
      t.is(seq, index + 1)
      t.is(named, prevHash)
      t.is(hash, recordHash(record))
      prevHash = hash
    }
    t.is(records.length, 3)
    t.deepEqual(head, { seq: 3, hash: prevHash, timeline: 1, epoch: 7, timeMs: 3 })
    t.deepEqual(await journal.head(), head)
  })

  test('an append of any number of records is kept whole', async t => {
    const { journal } = await makeJournal(t)
    let seq = 0
    for (const count of [1, 2, 3, 5, 17, 64, 65, APPEND_RECORDS_MAX]) {
      const head = await journal.append({
        expectedSeq: seq,
        records: sampleDrafts(seq + 1, count),
        blobs: [],
      })
      seq += count
      t.is(head.seq, seq)
    }
    const records = await readAll(journal)
    t.deepEqual(
      records.map(record => record.id),
      sampleDrafts(1, seq).map(draft => draft.id),
    )
  })

  test('an append without records keeps its blobs and does not move the head', async t => {
    const { journal } = await makeJournal(t)
    const blob = sampleBlob(1)
    t.is((await journal.append({ expectedSeq: 0, records: [], blobs: [blob] })).seq, 0)
    t.deepEqual(await journal.getBlob(blob.digest), blob.bytes)
    t.is((await journal.append({ expectedSeq: 0, records: [], blobs: [] })).seq, 0)
  })

  test('of appends at one time with one expected sequence, exactly one wins', async t => {
    const { journal } = await makeJournal(t)
    await fillJournal(journal, 3)
    const contenders = Array.from({ length: 16 }, (_, n) => sampleDraft(100 + n))
    const results = await Promise.allSettled(
      contenders.map(draft => journal.append({ expectedSeq: 3, records: [draft], blobs: [] })),
    )
    const won = results.flatMap((result, index) =>
      result.status === 'fulfilled' ? [contenders[index]?.id] : [],
    )
    const lost = results.filter(
      result => result.status === 'rejected' && isKonorError(result.reason, 'KONOR_JOURNAL_CONFLICT'),
    )
    t.is(won.length, 1)
    t.is(lost.length, contenders.length - 1)
    t.deepEqual(
      (await readAll(journal, 4)).map(record => record.id),
      won,
    )
  })
}

function refusalConformance(test: TestFn, makeJournal: MakeJournal): void {
  test('another expected sequence refuses the whole append', async t => {
    const { journal } = await makeJournal(t)
    await fillJournal(journal, 5)
    for (const expectedSeq of [0, 4, 6]) {
      await refused(t, journal, 'KONOR_JOURNAL_CONFLICT', {
        expectedSeq,
        records: sampleDrafts(6, 2),
        blobs: [sampleBlob(1)],
      })
    }
  })

  test('an epoch below the head’s is fenced, also within one append; an equal or higher one is not', async t => {
    const { journal } = await makeJournal(t)
    await journal.append({ expectedSeq: 0, records: [sampleDraft(1, { epoch: 5 })], blobs: [] })
    const fenced = [sampleDraft(2, { epoch: 5 }), sampleDraft(3, { epoch: 4 })]
    await refused(t, journal, 'KONOR_JOURNAL_CONFLICT', {
      expectedSeq: 1,
      records: fenced,
      blobs: [sampleBlob(1)],
    })
    await refused(t, journal, 'KONOR_JOURNAL_CONFLICT', {
      expectedSeq: 1,
      records: fenced.slice(1),
      blobs: [],
    })
    const records = [sampleDraft(2, { epoch: 5 }), sampleDraft(3, { epoch: 6 })]
    t.is((await journal.append({ expectedSeq: 1, records, blobs: [] })).epoch, 6)
  })

  test('a timeline that has ended is refused; a later one is not', async t => {
    const { journal } = await makeJournal(t)
    await journal.append({ expectedSeq: 0, records: [sampleDraft(1, { timeline: 2 })], blobs: [] })
    await refused(t, journal, 'KONOR_JOURNAL_CONFLICT', {
      expectedSeq: 1,
      records: [sampleDraft(2)],
      blobs: [],
    })
    const records = [sampleDraft(2, { timeline: 3 })]
    t.is((await journal.append({ expectedSeq: 1, records, blobs: [] })).timeline, 3)
  })

  test('a record id is taken once', async t => {
    const { journal } = await makeJournal(t)
    await fillJournal(journal, 5)
    const again = [sampleDraft(6), sampleDraft(7, { id: 'record-2' })]
    await refused(t, journal, 'KONOR_JOURNAL_CONFLICT', { expectedSeq: 5, records: again, blobs: [] })
    await refused(t, journal, 'KONOR_JOURNAL_CONFLICT', {
      expectedSeq: 5,
      records: again.slice(1),
      blobs: [sampleBlob(1)],
    })
    const twice = [sampleDraft(6), sampleDraft(7, { id: 'record-6' })]
    await refused(t, journal, 'KONOR_JOURNAL_CONFLICT', { expectedSeq: 5, records: twice, blobs: [] })
  })

  test('what is malformed is refused whole', async t => {
    const { journal } = await makeJournal(t)
    await fillJournal(journal, 1)
    const malformed = [
      { timeMs: 0.5 },
      { timeMs: Number.NaN },
      { timeMs: Number.POSITIVE_INFINITY },
      { wallMs: -1 },
      { wallMs: 2 ** 60 },
      { epoch: 1.5 },
      { timeline: 0 },
      { id: '' },
      { id: 'a\0b' },
      { id: '\ud800' },
      { id: 'x'.repeat(RECORD_ID_CHARS_MAX + 1) },
    ]
    for (const differences of malformed) {
      const records = [sampleDraft(2), sampleDraft(3, differences)]
      await refused(t, journal, 'KONOR_JOURNAL_INVALID', { expectedSeq: 1, records, blobs: [sampleBlob(1)] })
    }
    const misnamed = { digest: digestOfBytes(new Uint8Array(1)), bytes: new Uint8Array(2) }
    await refused(t, journal, 'KONOR_JOURNAL_INVALID', {
      expectedSeq: 1,
      records: [sampleDraft(2)],
      blobs: [misnamed],
    })
  })

  test('what is beyond a bound is refused whole; what just fits is kept', async t => {
    const { journal } = await makeJournal(t)
    const tooMany = sampleDrafts(1, APPEND_RECORDS_MAX + 1)
    await refused(t, journal, 'KONOR_JOURNAL_TOO_LARGE', { expectedSeq: 0, records: tooMany, blobs: [] })
    for (const field of ['payload', 'outputs'] as const) {
      const records = [sampleDraft(1), sampleDraft(2, { [field]: new Uint8Array(RECORD_BYTES_MAX + 1) })]
      await refused(t, journal, 'KONOR_JOURNAL_TOO_LARGE', {
        expectedSeq: 0,
        records,
        blobs: [sampleBlob(1)],
      })
    }
    const blobs = [sampleBlob(1), sampleBlob(2, BLOB_BYTES_MAX + 1)]
    await refused(t, journal, 'KONOR_JOURNAL_TOO_LARGE', { expectedSeq: 0, records: [sampleDraft(1)], blobs })
    const heap = [1, 2, 3, 4].map(n => sampleBlob(n, BLOB_BYTES_MAX))
    await refused(t, journal, 'KONOR_JOURNAL_TOO_LARGE', { expectedSeq: 0, records: [], blobs: heap })

    const largest = sampleDraft(1, {
      payload: new Uint8Array(RECORD_BYTES_MAX),
      id: 'x'.repeat(RECORD_ID_CHARS_MAX),
    })
    const blob = sampleBlob(3, BLOB_BYTES_MAX)
    await journal.append({ expectedSeq: 0, records: [largest, sampleDraft(2)], blobs: [blob] })
    const [first] = await readAll(journal)
    t.is(first?.payload.length, RECORD_BYTES_MAX)
    t.is((await journal.getBlob(blob.digest))?.length, BLOB_BYTES_MAX)
  })
}

/** The append throws `code`, and neither head, records nor blobs have changed. */
async function refused(
  t: ExecutionContext,
  journal: Journal,
  code: ErrorCode,
  request: Parameters<Journal['append']>[0],
): Promise<void> {
  const head = await journal.head()
  await throwsCode(t, code, journal.append(request))
  t.deepEqual(await journal.head(), head)
  t.is((await readAll(journal)).length, head.seq)
  for (const { digest } of request.blobs) t.is(await journal.getBlob(digest), undefined)
  for (const { id } of request.records) {
    const found = await journal.find(id)
    t.true(found === undefined || found <= head.seq)
  }
}
