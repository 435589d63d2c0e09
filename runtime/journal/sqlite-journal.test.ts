import type { ExecutionContext } from 'ava'
import test from 'ava'
import { journalConformance } from './conformance.ts'
import { throwsCode } from './throws-code.test.kit.ts'
import { fillJournal, readAll, sampleBlob, sampleDraft } from './sample-records.test.kit.ts'
import { SqliteJournal, type SqliteJournalOptions } from './sqlite-journal.ts'
import { temporaryDirectory } from './temporary-directory.test.kit.ts'

async function openIn(
  t: ExecutionContext,
  dataDir: string,
  options?: SqliteJournalOptions,
): Promise<SqliteJournal> {
  const journal = await SqliteJournal.open(dataDir, options)
  t.teardown(() => journal.close())
  return journal
}

journalConformance(test, async t => {
  const dataDir = await temporaryDirectory(t)
  return { journal: await openIn(t, dataDir), reopen: () => openIn(t, dataDir) }
})

test('a second journal over one directory is refused, and the first goes on', async t => {
  const dataDir = await temporaryDirectory(t)
  const journal = await openIn(t, dataDir)
  await fillJournal(journal, 3)
  await throwsCode(t, 'KONOR_JOURNAL_LOCKED', SqliteJournal.open(dataDir))
  t.is((await fillJournal(journal, 3)).seq, 6)
})

test('opening what is not there is told when it must be there', async t => {
  const dataDir = await temporaryDirectory(t)
  await throwsCode(t, 'KONOR_JOURNAL_MISSING', SqliteJournal.open(dataDir, { create: false }))
})

test('beyond its size bound nothing is written, and with a higher bound it goes on', async t => {
  const dataDir = await temporaryDirectory(t)
  const journal = await openIn(t, dataDir, { sizeBytesMax: 256 * 1024 })
  const head = await fillJournal(journal, 10)
  const large = {
    expectedSeq: 10,
    records: [sampleDraft(11), sampleDraft(12, { payload: new Uint8Array(400_000) })],
  }
  await throwsCode(t, 'KONOR_JOURNAL_FULL', journal.append({ ...large, blobs: [] }))
  await throwsCode(t, 'KONOR_JOURNAL_FULL', journal.append({ ...large, blobs: [sampleBlob(1)] }))
  t.deepEqual(await journal.head(), head)
  t.is((await readAll(journal)).length, 10)
  t.is(await journal.getBlob(sampleBlob(1).digest), undefined)
  t.is((await fillJournal(journal, 1)).seq, 11, 'what fits is still taken')
  await journal.close()
  const again = await openIn(t, dataDir)
  t.is(
    (await again.append({ ...large, expectedSeq: 11, records: large.records.slice(1), blobs: [] })).seq,
    12,
  )
  t.is((await readAll(again)).length, 12)
})

test('a fault before the commit writes nothing; one after it has written everything', async t => {
  const dataDir = await temporaryDirectory(t)
  const armed = new Set<string>()
  const faults = {
    hit(point: string) {
      if (armed.delete(point)) throw new Error(point)
    },
  }
  const journal = await openIn(t, dataDir, { faults })
  await fillJournal(journal, 2)
  armed.add('journal.before-commit')
  await t.throwsAsync(fillJournal(journal, 1), { message: 'journal.before-commit' })
  t.is((await journal.head()).seq, 2)
  armed.add('journal.after-commit')
  await t.throwsAsync(fillJournal(journal, 1), { message: 'journal.after-commit' })
  t.is((await journal.head()).seq, 3)
  t.is(await journal.find('record-3'), 3)
  t.is((await fillJournal(journal, 1)).seq, 4)
  t.is((await readAll(journal)).length, 4)
})
