import test from 'ava'
import { digestOfBytes } from '../../actors/vocabulary/canonical/digest.ts'
import type { Journal, JournalRecord, RecordDraft } from '../../runtime/journal/journal.ts'
import { MemoryDisk, MemoryJournal } from '../../runtime/journal/memory-journal.ts'
import { throwsCode } from '../../runtime/journal/throws-code.test.kit.ts'
import { JournalBook } from './journal-book.ts'
import { watchJournal } from './watched-journal.ts'

const draft = (id: string, change: Partial<RecordDraft> = {}): RecordDraft => ({
  id,
  timeline: 1,
  epoch: 1,
  timeMs: 5,
  wallMs: 6,
  payload: new Uint8Array([1]),
  outputs: new Uint8Array([2]),
  ...change,
})

/** A journal in which `flaw` is wrong, and all that was complained of it. */
function watched(
  flaw: (sound: Journal, disk: MemoryDisk) => Partial<Journal> = () => ({}),
  shown = ({ records }: MemoryDisk): number => records.length,
) {
  const disk = new MemoryDisk()
  const sound = new MemoryJournal({ disk })
  const complaints: string[] = []
  const { head, append, read, find, getBlob, getCheckpoint, putCheckpoint, close } = sound
  const bound = { head, append, read, find, getBlob, getCheckpoint, putCheckpoint, close }
  const methods = Object.fromEntries(
    Object.entries(bound).map(([name, method]) => [name, method.bind(sound)]),
  ) as unknown as Journal
  const journal = watchJournal(
    { ...methods, ...flaw(sound, disk) },
    {
      book: new JournalBook(),
      count: () => disk.records.length,
      isRotten: () => false,
      shownSeq: () => shown(disk),
      complain: (_, what) => complaints.push(what),
    },
  )
  return { journal, complaints, disk }
}

async function readAll(journal: Journal, fromSeq = 1): Promise<readonly JournalRecord[]> {
  const records: JournalRecord[] = []
  for await (const record of journal.read(fromSeq)) records.push(record)
  return records
}

/** What any sound journal takes, refuses and gives back. */
async function useWell(journal: Journal): Promise<void> {
  const bytes = new Uint8Array([7])
  const blob = { digest: digestOfBytes(bytes), bytes }
  await journal.append({ expectedSeq: 0, records: [draft('a'), draft('b', { epoch: 2 })], blobs: [blob] })
  await journal.append({ expectedSeq: 2, records: [draft('c', { epoch: 2 })], blobs: [] })
  await journal.head()
  await readAll(journal)
  await readAll(journal, 2)
  await journal.find('b')
  await journal.find('z')
  await journal.getBlob(blob.digest)
  for (const seq of [1, 2])
    await journal.putCheckpoint({ seq, stateHash: digestOfBytes(bytes), state: bytes })
  await journal.getCheckpoint()
  await journal.getCheckpoint(1)
}

test('nothing is said of a journal that does as it should, and refuses what it should', async t => {
  const { journal, complaints } = watched()
  await useWell(journal)
  for (const expectedSeq of [1, 2]) {
    const append = journal.append({ expectedSeq, records: [draft('d')], blobs: [] })
    await throwsCode(t, 'KONOR_JOURNAL_CONFLICT', append)
  }
  const lower = journal.append({ expectedSeq: 3, records: [draft('d')], blobs: [] })
  await throwsCode(t, 'KONOR_JOURNAL_CONFLICT', lower)
  t.deepEqual(complaints, [])
})

test('a journal that takes, loses, changes or invents anything is found out', async t => {
  const flaws: readonly ((sound: Journal, disk: MemoryDisk) => Partial<Journal>)[] = [
    sound => ({ append: request => sound.append({ ...request, records: [] }) }),
    sound => ({ head: async () => ({ ...(await sound.head()), epoch: 1 }) }),
    sound => ({ read: (fromSeq, toSeq) => sound.read(fromSeq + 1, toSeq) }),
    sound => ({ read: (fromSeq, toSeq) => sound.read(fromSeq, (toSeq ?? 3) - 1) }),
    sound => ({
      async *read(fromSeq) {
        for await (const record of sound.read(fromSeq)) yield { ...record, outputs: new Uint8Array([9]) }
      },
    }),
    () => ({ find: async () => undefined }),
    () => ({ find: async () => 1 }),
    () => ({ getBlob: async () => undefined }),
    () => ({ getBlob: async () => new Uint8Array([8]) }),
    () => ({ getCheckpoint: async () => undefined }),
    sound => ({ getCheckpoint: () => sound.getCheckpoint(1) }),
    sound => ({
      async append(request) {
        await sound.append(request)
        throw Object.assign(new Error('no'), { code: 'KONOR_JOURNAL_CONFLICT' })
      },
    }),
  ]
  for (const flaw of flaws) {
    const { journal, complaints } = watched(flaw)
    await useWell(journal).catch(() => undefined)
    t.true(complaints.length > 0, flaw.toString())
  }
})

test('a disk that shows no last record is read to its end, and no further back', async t => {
  const short = (toSeq: number) =>
    watched(
      sound => ({ read: fromSeq => sound.read(fromSeq, toSeq) }),
      () => 2,
    )
  const complaintsOf = async (toSeq: number): Promise<number> => {
    const { journal, complaints } = short(toSeq)
    await journal.append({ expectedSeq: 0, records: [draft('a'), draft('b'), draft('c')], blobs: [] })
    for (const fromSeq of [1, 3]) await readAll(journal, fromSeq)
    return complaints.length
  }
  t.is(await complaintsOf(2), 0)
  t.is(await complaintsOf(1), 1)
})

test('a record that was let in out of order is found', async t => {
  const { journal, complaints, disk } = watched((_, own) => ({
    async append({ records }) {
      for (const one of records) own.records.push({ ...one, seq: 1 } as unknown as JournalRecord)
      return own.head()
    },
  }))
  await journal.append({ expectedSeq: 0, records: [draft('a', { epoch: 3 })], blobs: [] })
  for (const wrong of [
    draft('b', { epoch: 2 }),
    draft('a', { epoch: 3 }),
    draft('c', { epoch: 3, timeMs: 4 }),
  ]) {
    const before = complaints.length
    await journal.append({ expectedSeq: disk.records.length, records: [wrong], blobs: [] })
    t.is(complaints.length, before + 1)
  }
})
