import test from 'ava'
import { isKonorError } from '../../../actors/vocabulary/errors/konor-error.ts'
import { fillJournal, readAll, sampleBlob, sampleDraft } from '../sample-records.test.kit.ts'
import { throwsCode } from '../throws-code.test.kit.ts'
import { MemoryLog, MemoryLogService } from './memory-log-service.ts'
import {
  cutLog,
  loseOnTheWay,
  openStreamJournal,
  storeUnheard,
  TroubledLogService,
} from './troubled-log-service.test.kit.ts'

const append = (expectedSeq: number, n: number) => ({ expectedSeq, records: [sampleDraft(n)], blobs: [] })
/** As many tries as the patience of one operation can hold. */
const FOR_LONG = 1_000
const always = <T>(trouble: T): T[] => Array.from({ length: FOR_LONG }, () => trouble)

for (const isStandalone of [false, true]) {
  test(`an append whose answer was lost is done, and there once, ${isStandalone ? 'without' : 'with'} replicas`, async t => {
    const service = new TroubledLogService({ isStandalone })
    const journal = openStreamJournal(service)
    service.publications.push(storeUnheard, loseOnTheWay)
    t.is((await journal.append(append(0, 1))).seq, 1)
    t.is((await readAll(journal)).length, 1)
    const [first, ...others] = service.drafts
    t.is(others.length, 2)
    for (const draft of others)
      t.deepEqual(draft, first, 'the same message under the same id, at the same place')
  })
}

test('an append is repeated in its own place only: whoever stands there by then has won', async t => {
  const service = new TroubledLogService()
  const [deposed, leader] = [
    openStreamJournal(service),
    openStreamJournal(new MemoryLogService({ log: service.log })),
  ]
  service.publications.push(async () => {
    await leader.append(append(0, 2))
    return { kind: 'unknown' }
  })
  await throwsCode(t, 'KONOR_JOURNAL_CONFLICT', deposed.append(append(0, 1)))
  t.deepEqual(
    (await readAll(deposed)).map(({ id }) => id),
    ['record-2'],
  )
})

test('while nobody answers an append is ambiguous, and settled before anything else is appended', async t => {
  const service = new TroubledLogService()
  const journal = openStreamJournal(service)
  service.publications.push(storeUnheard, ...always(loseOnTheWay))
  await throwsCode(t, 'KONOR_JOURNAL_AMBIGUOUS', journal.append(append(0, 1)))
  await throwsCode(t, 'KONOR_JOURNAL_AMBIGUOUS', journal.find('record-1'))
  await throwsCode(t, 'KONOR_JOURNAL_AMBIGUOUS', journal.append(append(0, 2)))
  service.publications.length = 0
  t.is(await journal.find('record-1'), 1)
  t.is((await journal.append(append(1, 2))).seq, 2)
})

test('settling an append that never arrived makes it happen', async t => {
  const service = new TroubledLogService()
  const journal = openStreamJournal(service)
  service.publications.push(...always(loseOnTheWay))
  await throwsCode(t, 'KONOR_JOURNAL_AMBIGUOUS', journal.append(append(0, 1)))
  service.publications.length = 0
  t.is(await journal.find('record-1'), 1)
})

test('an acknowledgement of another place is not believed', async t => {
  const service = new TroubledLogService()
  const journal = openStreamJournal(service)
  await fillJournal(journal, 2)
  service.publications.push(async () => ({ kind: 'stored', seq: 1 }))
  await throwsCode(t, 'KONOR_JOURNAL_CORRUPT', journal.append(append(2, 3)))
})

test('blobs are stored before the message whose records name them', async t => {
  const service = new TroubledLogService()
  const journal = openStreamJournal(service)
  const blobs = [1, 2, 3].map(n => sampleBlob(n))
  service.publications.push((publish, draft) => {
    for (const { digest } of blobs) t.true(service.log.values.has(`blob.${digest}`))
    return publish(draft)
  })
  await journal.append({ expectedSeq: 0, records: [sampleDraft(1)], blobs })
})

test('what `find` does not find cannot come any more, though it is still on its way', async t => {
  const service = new TroubledLogService()
  const journal = openStreamJournal(service)
  await fillJournal(journal, 1)
  // As from a central that has crashed: its append left it and has not arrived.
  const crashed = openStreamJournal(service, 'crashed')
  const underWay: (() => Promise<unknown>)[] = []
  service.publications.push(async (publish, draft) => {
    underWay.push(() => publish(draft))
    return await new Promise(() => {})
  })
  void crashed.append(append(1, 2))
  while (underWay.length === 0) await new Promise(resolve => setImmediate(resolve))
  service.staleReads.push(1, 1, 1)
  t.is(await journal.find('record-2'), undefined)
  for (const arrive of underWay) t.deepEqual(await arrive(), { kind: 'wrong-last', lastSeq: 2 })
  t.is((await journal.append(append(1, 3))).seq, 2)
  t.is((await readAll(journal)).length, 2)
})

test('a barrier in its place does not refuse an append', async t => {
  const service = new MemoryLogService()
  const [leader, other] = [openStreamJournal(service, 'one'), openStreamJournal(service, 'other')]
  await fillJournal(leader, 3)
  t.is(await other.find('record-9'), undefined)
  t.is((await leader.append(append(3, 4))).seq, 4)
})

test('a stale read is never what refuses or finds', async t => {
  const service = new TroubledLogService()
  const [one, other] = [openStreamJournal(service, 'one'), openStreamJournal(service, 'other')]
  await fillJournal(one, 2)
  service.staleReads.push(2, 2, 2)
  t.is(await other.find('record-2'), 2)
  service.staleReads.push(2, 2, 2)
  t.is((await other.append(append(2, 3))).seq, 3)
  // Its own look for the end, and then replicas that have nothing of it.
  service.staleReads.push(0, 3, 3, 3, 0, 3)
  t.is((await readAll(other, 2)).length, 2)
})

test('another append on its way is waited for', async t => {
  const service = new TroubledLogService()
  const journal = openStreamJournal(service)
  service.publications.push(
    async () => ({ kind: 'in-flight' }),
    async () => ({ kind: 'nobody' }),
  )
  t.is((await journal.append(append(0, 1))).seq, 1)
})

test('a service without room or without a leader has stored nothing, and says so', async t => {
  const service = new TroubledLogService()
  const journal = openStreamJournal(service)
  service.publications.push(async () => ({ kind: 'full' }))
  await throwsCode(t, 'KONOR_JOURNAL_FULL', journal.append(append(0, 1)))
  service.publications.push(...always(async () => ({ kind: 'nobody' }) as const))
  await throwsCode(t, 'KONOR_JOURNAL_UNREACHABLE', journal.append(append(0, 1)))
  service.publications.length = 0
  t.is((await journal.append(append(0, 1))).seq, 1)
})

test('no room for a second try says nothing of the first, which nobody answered', async t => {
  const service = new TroubledLogService()
  const journal = openStreamJournal(service)
  service.publications.push(storeUnheard, async () => ({ kind: 'full' }))
  t.is((await journal.append(append(0, 1))).seq, 1)
  t.is((await readAll(journal)).length, 1)
})

test('a log that lost what it acknowledged stops its writer', async t => {
  const log = new MemoryLog()
  const journal = openStreamJournal(new MemoryLogService({ log }))
  await fillJournal(journal, 200)
  const lastSeq = log.messages.length
  cutLog(log, lastSeq - 2)
  const failed = await t.throwsAsync(journal.append(append(200, 201)))
  t.true(isKonorError(failed, 'KONOR_JOURNAL_CORRUPT'), String(failed))
  t.is(log.messages.length, lastSeq - 2, 'and nothing was written over the place')
})

test('an outdated leader, which has not seen what was acknowledged, is only asked again', async t => {
  const service = new TroubledLogService()
  const journal = openStreamJournal(service)
  await fillJournal(journal, 3)
  const behind = async () => ({ kind: 'wrong-last', lastSeq: 0 }) as const
  service.publications.push(behind, behind)
  t.is((await journal.append(append(3, 4))).seq, 4)
})
