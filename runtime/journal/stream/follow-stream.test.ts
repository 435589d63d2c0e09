import test from 'ava'
import type { JournalRecord } from '../journal.ts'
import { fillJournal, sampleDraft } from '../sample-records.test.kit.ts'
import type { LogMessage } from './log-service.ts'
import { MemoryLog, MemoryLogService } from './memory-log-service.ts'
import { openStreamJournal } from './troubled-log-service.test.kit.ts'

/** Hands over what `deliver` makes of each message. */
class OddConsumers extends MemoryLogService {
  consumers = 0
  deliver: (message: LogMessage, consumer: number) => readonly LogMessage[] = message => [message]

  override consume(fromSeq: number, onMessage: (message: LogMessage) => void): () => void {
    const consumer = ++this.consumers
    return super.consume(fromSeq, message => {
      for (const one of this.deliver(message, consumer)) onMessage(one)
    })
  }
}

async function followed(t: { teardown(stop: () => void): void }, fromSeq: number) {
  const log = new MemoryLog()
  const service = new OddConsumers({ log })
  const journal = openStreamJournal(service)
  const seen: JournalRecord[] = []
  const beats: number[] = []
  const broken: unknown[] = []
  const follow = (): void =>
    t.teardown(
      journal.follow(fromSeq, {
        onRecord: record => void seen.push(record),
        onBeat: epoch => void beats.push(epoch),
        onBroken: error => void broken.push(error),
      }),
    )
  const until = async (isDone: () => boolean): Promise<void> => {
    while (!isDone()) await new Promise(resolve => setImmediate(resolve))
  }
  return { service, journal, seen, beats, broken, follow, until }
}

const seqs = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, n) => from + n)

test('records are told from any sequence on, also from one that is not written yet', async t => {
  for (const fromSeq of [1, 2, 9, 10, 11, 15]) {
    const { journal, seen, follow, until } = await followed(t, fromSeq)
    await fillJournal(journal, 10, 3)
    follow()
    await fillJournal(journal, 10, 3)
    await until(() => seen.at(-1)?.seq === 20)
    t.deepEqual(
      seen.map(({ seq }) => seq),
      seqs(fromSeq, 20),
    )
  }
})

test('what is delivered twice, or again after later ones, is told once', async t => {
  const { service, journal, seen, follow, until } = await followed(t, 1)
  const earlier: LogMessage[] = []
  service.deliver = message => {
    earlier.push(message)
    return [message, message, ...earlier]
  }
  follow()
  for (let n = 1; n <= 20; n++)
    await journal.append({ expectedSeq: n - 1, records: [sampleDraft(n)], blobs: [] })
  await until(() => seen.at(-1)?.seq === 20)
  t.deepEqual(
    seen.map(({ seq }) => seq),
    seqs(1, 20),
  )
})

test('after what was left out a new consumer begins', async t => {
  const { service, journal, seen, broken, follow, until } = await followed(t, 1)
  service.deliver = (message, consumer) => (message.seq === 3 && consumer < 4 ? [] : [message])
  follow()
  for (let n = 1; n <= 6; n++)
    await journal.append({ expectedSeq: n - 1, records: [sampleDraft(n)], blobs: [] })
  await until(() => seen.at(-1)?.seq === 6)
  t.deepEqual(
    seen.map(({ seq }) => seq),
    seqs(1, 6),
  )
  t.deepEqual(broken, [])
})

test('a consumer that falls silent is replaced, again and again', async t => {
  const { service, journal, seen, follow, until } = await followed(t, 1)
  const given = new Map<number, number>()
  service.deliver = (message, consumer) => {
    const count = (given.get(consumer) ?? 0) + 1
    given.set(consumer, count)
    return count > 2 ? [] : [message]
  }
  follow()
  for (let n = 1; n <= 7; n++)
    await journal.append({ expectedSeq: n - 1, records: [sampleDraft(n)], blobs: [] })
  await until(() => seen.at(-1)?.seq === 7)
  t.true(service.consumers >= 4)
})

test('beats come as they are told, and what is none is not', async t => {
  const { service, journal, beats, follow } = await followed(t, 1)
  follow()
  await journal.beat(3)
  await service.tell(Uint8Array.of(1, 2, 3))
  await journal.beat(4)
  t.deepEqual(beats, [3, 4])
})
