import test, { type ExecutionContext } from 'ava'
import type { KonorError } from '../../../actors/vocabulary/errors/konor-error.ts'
import type { JournalRecord } from '../journal.ts'
import type { SharedJournal } from '../shared-journal.ts'
import { digestOfBytes } from '../../../actors/vocabulary/canonical/digest.ts'
import { encodeCanonical } from '../../../actors/vocabulary/canonical/encode-canonical.ts'
import { readAll, sampleBlob, sampleDraft } from '../sample-records.test.kit.ts'
import { throwsCode } from '../throws-code.test.kit.ts'
import type { LogMessage } from './log-service.ts'
import { MemoryLog, MemoryLogService } from './memory-log-service.ts'
import { cutLog, openStreamJournal, TroubledLogService } from './troubled-log-service.test.kit.ts'

/** A log of messages with one record each, and where it is. */
async function createLog(count: number, differences: { readonly epoch?: number } = {}): Promise<MemoryLog> {
  const log = new MemoryLog()
  const journal = openStreamJournal(new MemoryLogService({ log }))
  for (let n = 1; n <= count; n++)
    await journal.append({ expectedSeq: n - 1, records: [sampleDraft(n, differences)], blobs: [] })
  return log
}

function hear(t: ExecutionContext, journal: SharedJournal) {
  const heard: { records: JournalRecord[]; broken: KonorError | undefined } = {
    records: [],
    broken: undefined,
  }
  const stop = journal.follow(1, {
    onRecord: record => void heard.records.push(record),
    onBeat() {},
    onBroken: error => (heard.broken = error),
  })
  t.teardown(stop)
  return heard
}

async function until(isDone: () => boolean): Promise<void> {
  while (!isDone()) await new Promise(resolve => setImmediate(resolve))
}

test('a changed bit in a message is damage to who reads it', async t => {
  const log = await createLog(5)
  const [, , third] = log.messages
  const at = (third?.bytes.length ?? 0) - 70
  third?.bytes.set([(third.bytes[at] ?? 0) ^ 1], at)
  await throwsCode(t, 'KONOR_JOURNAL_CORRUPT', openStreamJournal(new MemoryLogService({ log })).head())
})

test('a log that was cut and written anew is damage to whoever had read further', async t => {
  const log = await createLog(6)
  const [reader, follower] = [1, 2].map(() => openStreamJournal(new MemoryLogService({ log })))
  if (reader === undefined || follower === undefined) throw new Error('two were opened')
  t.is((await readAll(reader)).length, 6)
  const heard = hear(t, follower)
  await until(() => heard.records.length === 6)
  cutLog(log, 4)
  const other = openStreamJournal(new MemoryLogService({ log }), 'other')
  for (let n = 5; n <= 8; n++)
    await other.append({ expectedSeq: n - 1, records: [sampleDraft(n + 10)], blobs: [] })
  await throwsCode(t, 'KONOR_JOURNAL_CORRUPT', reader.head())
  await until(() => heard.broken !== undefined)
  t.is(heard.broken?.code, 'KONOR_JOURNAL_CORRUPT')
  t.is(heard.records.length, 6, 'and nothing of the other history was told')
})

test('a message that is gone while later ones are there is damage', async t => {
  const log = await createLog(8)
  const holey = new (class extends MemoryLogService {
    override async read(fromSeq: number, most: number) {
      return (await super.read(1, 100)).filter(({ seq }) => seq >= fromSeq && seq !== 4).slice(0, most)
    }

    override consume(fromSeq: number, onMessage: (message: LogMessage) => void) {
      return super.consume(fromSeq, message => message.seq === 4 || onMessage(message))
    }
  })({ log })
  const journal = openStreamJournal(holey)
  await throwsCode(t, 'KONOR_JOURNAL_CORRUPT', readAll(journal))
  const heard = hear(t, journal)
  await until(() => heard.broken !== undefined)
  t.is(heard.records.length, 3)
})

test('messages of another program or of a later version are not read', async t => {
  for (const [code, bytes] of [
    ['KONOR_JOURNAL_CORRUPT', Uint8Array.of(1, 2, 3)],
    ['KONOR_JOURNAL_CORRUPT', encodeCanonical(['hello'])],
    ['KONOR_JOURNAL_NEWER_FORMAT', encodeCanonical([2, 'anything'])],
  ] as const) {
    const service = new MemoryLogService()
    await service.publish({ messageId: 'foreign', expectedSeq: 0, bytes })
    await throwsCode(t, code, openStreamJournal(service).head())
  }
})

test('a writer that goes on from another chain is found out by every reader', async t => {
  const [log, foreign] = [await createLog(3), await createLog(4, { epoch: 9 })]
  const [, , , fourth] = foreign.messages
  if (fourth === undefined) throw new Error('four were appended')
  log.messages.push(fourth)
  await throwsCode(t, 'KONOR_JOURNAL_CORRUPT', openStreamJournal(new MemoryLogService({ log })).head())
})

test('a damaged checkpoint is passed over, and a damaged blob is not given', async t => {
  const log = await createLog(4)
  const journal = openStreamJournal(new MemoryLogService({ log }))
  for (const seq of [2, 4]) {
    const state = new Uint8Array(2_000_000).fill(seq)
    await journal.putCheckpoint({ seq, stateHash: digestOfBytes(state), state })
  }
  const blob = sampleBlob(7)
  await journal.append({ expectedSeq: 4, records: [sampleDraft(5)], blobs: [blob] })
  t.is((await journal.getCheckpoint())?.seq, 4)
  const state = digestOfBytes(new Uint8Array(1_046_528).fill(4))
  for (const [key, value] of log.values)
    if (key === `state.${state}` || key === `part.${blob.digest}`) value.bytes.set([9], 5)
  t.is((await journal.getCheckpoint())?.seq, 2)
  await throwsCode(t, 'KONOR_JOURNAL_CORRUPT', journal.getBlob(blob.digest))
})

test('a blob that a replica does not show yet is asked for again', async t => {
  const service = new TroubledLogService()
  const journal = openStreamJournal(service)
  const blob = sampleBlob(1, 3_000_000)
  await journal.append({ expectedSeq: 0, records: [sampleDraft(1)], blobs: [blob] })
  service.staleGets.push(true, true, false, true, true, true, false)
  t.deepEqual(await journal.getBlob(blob.digest), blob.bytes)
})
