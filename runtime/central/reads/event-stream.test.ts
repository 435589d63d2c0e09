import test from 'ava'
import * as fc from 'fast-check'
import type { Address } from '../../../actors/vocabulary/address.ts'
import { isKonorError, KonorError } from '../../../actors/vocabulary/errors/konor-error.ts'
import { emit } from '../../../actors/vocabulary/instruction.ts'
import type { ResetView } from '../../engine/control.ts'
import type { Folded } from '../../engine/leader.ts'
import type { EventView } from '../../engine/views.ts'
import { TestEngine } from '../../engine/engine.test.kit.ts'
import { MemoryDisk, MemoryJournal } from '../../journal/memory-journal.ts'
import type { JournalRecord } from '../../journal/journal.ts'
import { decodeOutputs } from '../../kernel/record-codec.ts'
import { pollUntil } from '../../../simulations/kit/poll-until.ts'
import { createReads } from './create-reads.ts'
import { streamEvents } from './event-stream.ts'
import { FoldedFeed } from './folded-feed.ts'
import { TestLeader } from './leader.test.kit.ts'

type Item = EventView | ResetView

/** A journal that has dropped everything up to its anchor. */
class CompactedJournal extends MemoryJournal {
  anchorSeq = 0
  /** Compacts up to here as soon as the next read has begun. */
  nextAnchorSeq = 0

  override async *read(fromSeq: number, toSeq?: number): AsyncGenerator<JournalRecord> {
    const { anchorSeq } = this
    this.anchorSeq = Math.max(anchorSeq, this.nextAnchorSeq)
    if (fromSeq <= anchorSeq) {
      const details = { anchorSeq }
      throw new KonorError('KONOR_JOURNAL_COMPACTED', 'it begins later', { details })
    }
    yield* super.read(fromSeq, toSeq)
  }
}

function readsOf(leader: TestLeader) {
  const { journal, clock } = leader
  return createReads({ leader, journal, clock, clusterId: 'c1', version: '1' })
}

/** Folds one record with so many events, after an audit entry when asked. */
function fold(leader: TestLeader, events: number, audited = false) {
  return leader.do({
    instructions: Array.from({ length: events }, (_, index) => emit('happened', { index })),
    ...(audited ? { audit: { action: 'do', resource: 'group/g', detail: {} } } : {}),
  })
}

/** Every event there should ever be, from the records alone. */
function expectedIds(shape: readonly { readonly events: number; readonly audited: boolean }[]): string[] {
  return shape.flatMap(({ events, audited }, index) =>
    Array.from({ length: events }, (_, k) => `1-${index + 1}.${k + Number(audited)}`),
  )
}

/** Reads until `count` items came, then ends the stream. */
async function take(stream: AsyncIterable<Item>, count: number, abort: AbortController): Promise<Item[]> {
  const items: Item[] = []
  if (count === 0) abort.abort()
  for await (const item of stream) {
    items.push(item)
    if (items.length === count) abort.abort()
  }
  return items
}

const shape = fc.array(fc.record({ events: fc.nat(3), audited: fc.boolean() }), {
  minLength: 1,
  maxLength: 12,
})

test('history and live together are every event after `since`, once each, in order', async t => {
  await fc.assert(
    fc.asyncProperty(shape, shape, fc.nat(), fc.scheduler(), async (before, later, pick, scheduler) => {
      const leader = new TestLeader()
      const { leader: _, ...sources } = { leader, journal: leader.journal, feed: new FoldedFeed(leader) }
      for (const { events, audited } of before) await fold(leader, events, audited)
      const seq = 1 + (pick % before.length)
      const outputs = (before[seq - 1]?.events ?? 0) + Number(before[seq - 1]?.audited ?? false)
      const since = { seq, k: pick % (outputs + 1) }
      const isAfter = (id: string): boolean => {
        const [, s, k] = /^1-(\d+)\.(\d+)$/.exec(id) ?? []
        return Number(s) > since.seq || (Number(s) === since.seq && Number(k) > since.k)
      }
      const expected = expectedIds([...before, ...later]).filter(isAfter)
      const abort = new AbortController()
      // Reading the journal takes turns that the scheduler mixes with the folds.
      const journal = {
        async *read(from: number, to?: number) {
          for await (const record of sources.journal.read(from, to)) {
            await scheduler.schedule(Promise.resolve(), `read ${record.seq}`)
            yield record
          }
        },
      }
      const stream = streamEvents(
        { leader, journal, feed: sources.feed, snapshot: () => ({ groups: [], nodes: [] }) },
        `1-${since.seq}.${since.k}`,
        abort.signal,
      )
      const reading = take(stream, expected.length, abort)
      scheduler.scheduleSequence(
        later.map(({ events, audited }, index) => ({
          label: `fold ${index}`,
          builder: () => fold(leader, events, audited),
        })),
      )
      await scheduler.waitFor(reading)
      t.deepEqual(
        (await reading).map(({ id }) => id),
        expected,
      )
    }),
    { numRuns: 150 },
  )
})

test('records that reach the feed with a hole are completed from the journal', async t => {
  const leader = new TestLeader()
  const listeners: ((folded: Folded) => void)[] = []
  const feed = new FoldedFeed({
    onFolded(listener) {
      listeners.push(listener)
      return () => {}
    },
  })
  const folds: Folded[] = []
  leader.onFolded(folded => folds.push(folded))
  // This leader says that it is where it was told last, as one does between an append and its announcement.
  const announced = { position: leader.position }
  const sources = {
    leader: announced,
    journal: leader.journal,
    feed,
    snapshot: () => ({ groups: [], nodes: [] }),
  }
  const abort = new AbortController()
  const reading = take(streamEvents(sources, undefined, abort.signal), 3, abort)
  for (let index = 0; index < 3; index++) await fold(leader, 1)
  announced.position = leader.position
  const [, second, third] = folds
  if (second === undefined || third === undefined) return t.fail()
  for (const folded of [second, third]) for (const listener of listeners) listener(folded)
  t.deepEqual(
    (await reading).map(({ id }) => id),
    ['1-1.0', '1-2.0', '1-3.0'],
  )
})

test('without `since` a stream begins where it was asked for, however late it is read', async t => {
  const leader = new TestLeader()
  const abort = new AbortController()
  await fold(leader, 2)
  const stream = readsOf(leader).events(undefined, abort.signal)
  await fold(leader, 1)
  t.deepEqual(
    (await take(stream, 1, abort)).map(({ id }) => id),
    ['1-2.0'],
  )
})

test('an event tells what, where and when; audit entries are not among them', async t => {
  const leader = new TestLeader()
  const abort = new AbortController()
  await fold(leader, 1, true)
  const [event] = await take(readsOf(leader).events('1-0.0', abort.signal), 1, abort)
  t.deepEqual(event, {
    id: '1-1.1',
    type: 'happened',
    at: new Date(leader.clock.wallMs()).toISOString(),
    address: 'router' as Address,
    data: { index: 0 },
  })
})

test('an id ahead of the journal, or of another timeline, resets and then goes on live', async t => {
  for (const since of ['1-99.0', '7-1.0', '1-3.5']) {
    const leader = new TestLeader()
    await fold(leader, 2)
    await fold(leader, 2, true)
    const abort = new AbortController()
    const stream = readsOf(leader).events(since, abort.signal)[Symbol.asyncIterator]()
    const reset = await stream.next()
    t.like(reset.value, { reset: true, id: '1-2.2', groups: [], nodes: [] }, since)
    await fold(leader, 1)
    t.is((await stream.next()).value.id, '1-3.0', since)
  }
})

test('resuming from the id of a reset repeats nothing, also when it was the first thing after a restart', async t => {
  const disk = new MemoryDisk()
  const old = new TestLeader(disk)
  await fold(old, 3, true)
  const leader = new TestLeader(disk)
  const abort = new AbortController()
  const [reset] = await take(readsOf(leader).events('1-50.0', abort.signal), 1, abort)
  t.is(reset?.id, '1-1.3')
  const again = new AbortController()
  const reading = take(readsOf(leader).events(reset?.id, again.signal), 1, again)
  await fold(leader, 1)
  t.deepEqual(
    (await reading).map(({ id }) => id),
    ['1-2.0'],
  )
})

test('after a restore an id of the shared past is good and one of the lost future resets', async t => {
  const disk = new MemoryDisk()
  const old = new TestLeader(disk)
  await fold(old, 2)
  disk.beginTimeline()
  const leader = new TestLeader(disk)
  await fold(leader, 1)
  const shared = new AbortController()
  t.deepEqual(
    (await take(readsOf(leader).events('1-1.0', shared.signal), 2, shared)).map(({ id }) => id),
    ['1-1.1', '2-2.0'],
  )
  const lost = new AbortController()
  const [reset] = await take(readsOf(leader).events('1-2.0', lost.signal), 1, lost)
  t.like(reset, { reset: true, id: '2-2.0' })
})

test('a compacted id resets, and so does a compaction under a reader', async t => {
  const disk = new MemoryDisk()
  const journal = new CompactedJournal({ disk })
  const leader = new TestLeader(disk, journal)
  for (let index = 0; index < 4; index++) await fold(leader, 1)
  journal.anchorSeq = 2
  const abort = new AbortController()
  const [reset] = await take(readsOf(leader).events('1-1.0', abort.signal), 1, abort)
  t.like(reset, { reset: true, id: '1-4.0' })

  // The record of the id itself is read; what follows is gone when the reader comes to it.
  journal.anchorSeq = 0
  journal.nextAnchorSeq = 3
  const again = new AbortController()
  const [overtaken] = await take(readsOf(leader).events('1-1.0', again.signal), 1, again)
  t.like(overtaken, { reset: true, id: '1-4.0' })
})

test('a reader that is too slow is ended with a code, and another is not harmed', async t => {
  const leader = new TestLeader()
  const feed = new FoldedFeed(leader)
  const sources = {
    leader,
    journal: leader.journal,
    feed,
    snapshot: () => ({ groups: [], nodes: [] }),
    eventsMax: 5,
  }
  const signal = new AbortController().signal
  const slow = streamEvents(sources, undefined, signal)[Symbol.asyncIterator]()
  const quick = streamEvents(sources, undefined, signal)[Symbol.asyncIterator]()
  const first = Promise.all([slow.next(), quick.next()])
  await fold(leader, 1)
  await first
  for (let index = 0; index < 6; index++) {
    await fold(leader, 1)
    t.is((await quick.next()).value.id, `1-${index + 2}.0`)
  }
  const thrown = await t.throwsAsync(slow.next())
  t.true(isKonorError(thrown, 'KONOR_ENGINE_SLOW_CONSUMER'))
})

test('a text that is no id is refused before anything is streamed', t => {
  const reads = readsOf(new TestLeader())
  for (const since of ['', '5', '1-2', '0-1.0', '1-2.x', '1-2.0 ']) {
    const thrown = t.throws(() => reads.events(since, new AbortController().signal))
    t.true(isKonorError(thrown, 'KONOR_ENGINE_INVALID'), since)
  }
})

test('the events of a real rollout are the same live and from the journal', async t => {
  const engine = await TestEngine.start()
  const { leader, journal, clock } = engine
  const reads = createReads({ leader, journal, clock, clusterId: 'c1', version: '1' })
  const abort = new AbortController()
  const live: string[] = []
  const following = (async () => {
    for await (const event of reads.events('1-0.0', abort.signal)) live.push(event.id)
  })()
  await engine.apply(MANIFEST)
  await Promise.all(Array.from({ length: 30 }, (_, index) => engine.join('g', `n${index}`)))
  await engine.apply(MANIFEST.replace('x: 1', 'x: 2'))
  const stored: string[] = []
  for await (const { timeline, seq, outputs } of journal.read(1)) {
    for (const [k, { type }] of decodeOutputs(outputs).entries()) {
      if (type !== 'audit') stored.push(`${timeline}-${seq}.${k}`)
    }
  }
  await pollUntil('the reader has caught up', () => live.length >= stored.length)
  abort.abort()
  await following
  t.true(stored.length > 5)
  t.deepEqual(live, stored)
  await engine.stop()
})

const MANIFEST = `
apiVersion: konorkestra/v1
kind: ConfigSet
metadata: { path: /a }
spec: { entries: { x: 1 } }
---
apiVersion: konorkestra/v1
kind: Group
metadata: { name: g }
spec: { sets: [/a], policy: strong }
`
