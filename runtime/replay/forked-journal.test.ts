import test from 'ava'
import { journalConformance } from '../journal/conformance.ts'
import { MemoryJournal } from '../journal/memory-journal.ts'
import { fillJournal, readAll, sampleDraft } from '../journal/sample-records.test.kit.ts'
import { throwsCode } from '../journal/throws-code.test.kit.ts'
import { ForkedDisk, ForkedJournal } from './forked-journal.ts'

journalConformance(test, async () => {
  const disk = await ForkedDisk.at(new MemoryJournal(), 0)
  return { journal: new ForkedJournal(disk), reopen: async () => new ForkedJournal(disk) }
})

test('a fork begins as the original up to its point, goes on by itself, and leaves the original alone', async t => {
  const base = new MemoryJournal()
  await fillJournal(base, 10)
  const original = await readAll(base)
  const fork = new ForkedJournal(await ForkedDisk.at(base, 6))
  t.deepEqual(await readAll(fork), original.slice(0, 6))
  t.is(await fork.find('record-6'), 6)
  t.is(await fork.find('record-7'), undefined)
  await throwsCode(
    t,
    'KONOR_JOURNAL_CONFLICT',
    fork.append({ expectedSeq: 6, records: [sampleDraft(6)], blobs: [] }),
  )
  const other = sampleDraft(7, { payload: Uint8Array.of(7, 7) })
  t.is((await fork.append({ expectedSeq: 6, records: [other], blobs: [] })).seq, 7)
  const forked = await readAll(fork)
  t.deepEqual(forked.slice(0, 6), original.slice(0, 6))
  t.is(forked[6]?.prevHash, original[5]?.hash)
  t.not(forked[6]?.hash, original[6]?.hash)
  t.is(await fork.find('record-7'), 7)
  await fork.close()
  t.deepEqual(await readAll(base), original)
})

test('there is nothing to continue from beyond the head', async t => {
  const base = new MemoryJournal()
  await fillJournal(base, 2)
  await throwsCode(t, 'KONOR_REPLAY_BEYOND_HEAD', ForkedDisk.at(base, 3))
})
