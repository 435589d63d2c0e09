import test from 'ava'
import { journalConformance } from './conformance.ts'
import { throwsCode } from './throws-code.test.kit.ts'
import { MemoryDisk, MemoryJournal } from './memory-journal.ts'
import { fillJournal, readAll, sampleDraft } from './sample-records.test.kit.ts'

journalConformance(test, async () => {
  const disk = new MemoryDisk()
  return { journal: new MemoryJournal({ disk }), reopen: async () => new MemoryJournal({ disk }) }
})

test('two journals over one disk are settled by expected sequence and epoch', async t => {
  const disk = new MemoryDisk()
  const deposed = new MemoryJournal({ disk })
  const leader = new MemoryJournal({ disk })
  await fillJournal(deposed, 3)
  await leader.append({ expectedSeq: 3, records: [sampleDraft(4, { epoch: 2 })], blobs: [] })
  const late = [sampleDraft(5, { epoch: 1 })]
  await throwsCode(t, 'KONOR_JOURNAL_CONFLICT', deposed.append({ expectedSeq: 3, records: late, blobs: [] }))
  await throwsCode(t, 'KONOR_JOURNAL_CONFLICT', deposed.append({ expectedSeq: 4, records: late, blobs: [] }))
  t.is((await deposed.head()).epoch, 2)
})

test('a record that was changed on the disk is not read', async t => {
  const disk = new MemoryDisk()
  const journal = new MemoryJournal({ disk })
  await fillJournal(journal, 5)
  disk.records[2]?.payload.fill(0, 0, 1)
  t.is((await readAll(journal, 1, 2)).length, 2)
  await throwsCode(t, 'KONOR_JOURNAL_CORRUPT', readAll(journal))
})

test('a read that begins where a record was lost says so', async t => {
  const disk = new MemoryDisk()
  const journal = new MemoryJournal({ disk })
  await fillJournal(journal, 5)
  disk.records.splice(1, 1)
  for (const fromSeq of [1, 2, 3, 4, 5])
    await throwsCode(t, 'KONOR_JOURNAL_CORRUPT', readAll(journal, fromSeq))
})

test('a new timeline is the head’s before any record carries it', async t => {
  const disk = new MemoryDisk()
  const journal = new MemoryJournal({ disk })
  await fillJournal(journal, 2)
  disk.beginTimeline()
  t.is((await journal.head()).timeline, 2)
  await throwsCode(
    t,
    'KONOR_JOURNAL_CONFLICT',
    journal.append({ expectedSeq: 2, records: [sampleDraft(3)], blobs: [] }),
  )
})
