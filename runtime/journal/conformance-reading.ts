import type { TestFn } from 'ava'
import { type Digest, digestOfBytes } from '../../actors/vocabulary/canonical/digest.ts'
import { CHECKPOINTS_KEPT_MAX } from './journal.ts'
import type { MakeJournal } from './journal-harness.test.kit.ts'
import { fillJournal, readAll, sampleBlob, sampleDraft } from './sample-records.test.kit.ts'
import { throwsCode } from './throws-code.test.kit.ts'

export function readConformance(test: TestFn, makeJournal: MakeJournal): void {
  test('a read is bounded by both its ends, and by the head', async t => {
    const { journal } = await makeJournal(t)
    await fillJournal(journal, 700)
    const seqs = async (fromSeq: number, toSeq?: number): Promise<number[]> =>
      (await readAll(journal, fromSeq, toSeq)).map(record => record.seq)
    const all = Array.from({ length: 700 }, (_, index) => index + 1)
    t.deepEqual(await seqs(1), all)
    t.deepEqual(await seqs(0), all)
    t.deepEqual(await seqs(257, 300), all.slice(256, 300))
    t.deepEqual(await seqs(699, 9_000), [699, 700])
    t.deepEqual(await seqs(700, 700), [700])
    t.deepEqual(await seqs(701), [])
    t.deepEqual(await seqs(9_000), [])
    t.deepEqual(await seqs(5, 4), [])
  })

  test('a read ends at the head as it was when the read began, while appends go on', async t => {
    const { journal } = await makeJournal(t)
    await fillJournal(journal, 600)
    const seen: number[] = []
    for await (const record of journal.read(1)) {
      seen.push(record.seq)
      if (record.seq % 100 === 0) await fillJournal(journal, 10)
    }
    t.deepEqual(
      seen,
      Array.from({ length: 600 }, (_, index) => index + 1),
    )
    t.is((await journal.head()).seq, 660)
  })

  test('a reader that changes what it was given changes nothing in the journal', async t => {
    const { journal } = await makeJournal(t)
    for (const [index, payload] of [Uint8Array.of(1, 2, 3), Buffer.of(1, 2, 3)].entries()) {
      await journal.append({ expectedSeq: index, records: [sampleDraft(index + 1, { payload })], blobs: [] })
      payload.fill(0)
      for (const record of await readAll(journal)) record.payload.fill(0)
      t.deepEqual((await readAll(journal))[index]?.payload, Uint8Array.of(1, 2, 3))
    }
  })
}

export function besideTheChainConformance(test: TestFn, makeJournal: MakeJournal): void {
  test('a record is found by its id', async t => {
    const { journal } = await makeJournal(t)
    await fillJournal(journal, 300)
    t.is(await journal.find('record-1'), 1)
    t.is(await journal.find('record-300'), 300)
    t.is(await journal.find('record-301'), undefined)
    t.is(await journal.find(''), undefined)
  })

  test('blobs are kept by digest, once', async t => {
    const { journal } = await makeJournal(t)
    const blobs = Array.from({ length: 70 }, (_, n) => sampleBlob(n))
    const empty = { digest: digestOfBytes(new Uint8Array()), bytes: new Uint8Array() }
    await journal.append({ expectedSeq: 0, records: [sampleDraft(1)], blobs: [...blobs, empty, ...blobs] })
    await journal.append({ expectedSeq: 1, records: [sampleDraft(2)], blobs: blobs.slice(3, 5) })
    for (const { digest, bytes } of [...blobs, empty]) t.deepEqual(await journal.getBlob(digest), bytes)
    t.is(await journal.getBlob('f'.repeat(64) as Digest), undefined)
  })

  test('the newest checkpoint at or below a sequence is given', async t => {
    const { journal } = await makeJournal(t)
    await fillJournal(journal, 40)
    t.is(await journal.getCheckpoint(), undefined)
    const at = (seq: number, state = Uint8Array.of(seq)) => ({ seq, stateHash: digestOfBytes(state), state })
    for (const seq of [10, 30, 20]) await journal.putCheckpoint(at(seq))
    t.deepEqual(await journal.getCheckpoint(), at(30))
    t.deepEqual(await journal.getCheckpoint(29), at(20))
    t.deepEqual(await journal.getCheckpoint(20), at(20))
    t.is(await journal.getCheckpoint(9), undefined)
    await journal.putCheckpoint(at(20, Uint8Array.of(9, 9)))
    t.deepEqual(await journal.getCheckpoint(25), at(20, Uint8Array.of(9, 9)))
  })

  test('a checkpoint beyond the head, or without a digest, is refused', async t => {
    const { journal } = await makeJournal(t)
    await fillJournal(journal, 2)
    const stateHash = digestOfBytes(new Uint8Array())
    for (const seq of [0, 3, 1.5]) {
      await throwsCode(
        t,
        'KONOR_JOURNAL_INVALID',
        journal.putCheckpoint({ seq, stateHash, state: new Uint8Array() }),
      )
    }
    const nameless = { seq: 1, stateHash: 'none' as Digest, state: new Uint8Array() }
    await throwsCode(t, 'KONOR_JOURNAL_INVALID', journal.putCheckpoint(nameless))
    t.is(await journal.getCheckpoint(), undefined)
  })

  test('old checkpoints are let go beyond their bound', async t => {
    const { journal } = await makeJournal(t)
    await fillJournal(journal, CHECKPOINTS_KEPT_MAX + 2)
    for (let seq = 1; seq <= CHECKPOINTS_KEPT_MAX + 2; seq++) {
      await journal.putCheckpoint({
        seq,
        stateHash: digestOfBytes(Uint8Array.of(seq)),
        state: Uint8Array.of(seq),
      })
    }
    t.is(await journal.getCheckpoint(2), undefined)
    t.is((await journal.getCheckpoint(3))?.seq, 3)
  })
}

export function lifeConformance(test: TestFn, makeJournal: MakeJournal): void {
  test('a closed journal answers nothing, and closing it again is harmless', async t => {
    const { journal } = await makeJournal(t)
    await fillJournal(journal, 300)
    const reading = journal.read(1)[Symbol.asyncIterator]()
    await reading.next()
    const pending = journal.append({ expectedSeq: 300, records: [sampleDraft(301)], blobs: [] })
    await journal.close()
    await journal.close()
    t.is((await pending).seq, 301, 'what was under way is finished')
    const blob = sampleBlob(1)
    const closed = 'KONOR_JOURNAL_CLOSED'
    await throwsCode(t, closed, journal.head())
    await throwsCode(t, closed, journal.append({ expectedSeq: 301, records: [], blobs: [] }))
    await throwsCode(t, closed, readAll(journal))
    await throwsCode(t, closed, journal.find('record-1'))
    await throwsCode(t, closed, journal.getBlob(blob.digest))
    await throwsCode(t, closed, journal.getCheckpoint())
    await throwsCode(t, closed, journal.putCheckpoint({ seq: 1, stateHash: blob.digest, state: blob.bytes }))
    const rest = async (): Promise<void> => {
      for (let next = await reading.next(); next.done !== true; next = await reading.next())
        t.true(next.value.seq <= 300)
    }
    await throwsCode(t, closed, rest())
  })

  test('what was acknowledged is there after reopening, and the chain goes on', async t => {
    const { journal, reopen } = await makeJournal(t)
    await fillJournal(journal, 100)
    const blob = sampleBlob(1)
    const records = [sampleDraft(101, { epoch: 3 })]
    const head = await journal.append({ expectedSeq: 100, records, blobs: [blob] })
    await journal.putCheckpoint({ seq: 50, stateHash: blob.digest, state: Uint8Array.of(5) })
    const before = await readAll(journal)
    await journal.close()
    const again = await reopen()
    t.deepEqual(await again.head(), head)
    t.deepEqual(await readAll(again), before)
    t.deepEqual(await again.getBlob(blob.digest), blob.bytes)
    t.is((await again.getCheckpoint())?.seq, 50)
    t.is(await again.find('record-101'), 101)
    await again.append({ expectedSeq: 101, records: [sampleDraft(102, { epoch: 3 })], blobs: [] })
    t.is((await readAll(again, 101))[1]?.prevHash, head.hash)
  })
}
