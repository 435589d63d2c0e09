import test, { type ExecutionContext } from 'ava'
import { groupAddress, nodeAddress } from '../../../actors/vocabulary/addresses.ts'
import { declare, TestEngine } from '../../engine/engine.test.kit.ts'
import type { EventView } from '../../engine/views.ts'
import { throwsCode } from '../../journal/throws-code.test.kit.ts'
import { actorDetailView } from '../../replay/actor-view.ts'
import { createActorReads } from './actor-reads.ts'
import { ReplayRoom, REPLAYS_MAX, SLICE_MS } from './replay-room.ts'

async function rolled(t: ExecutionContext) {
  const engine = await TestEngine.start()
  t.teardown(() => engine.stop())
  await engine.apply(declare('a'))
  await engine.join('web', 'n1', 'n2')
  await engine.applied('web', 1, 'n1', 'n2')
  await engine.quiet()
  const { seq } = engine.leader.position
  await engine.apply(declare('b'))
  await engine.applied('web', 2, 'n1', 'n2')
  await engine.quiet()
  return { engine, seq, reads: createActorReads(engine.leader, engine.journal, engine.clock) }
}

test('every actor is listed once, in order, page by page; kinds and states narrow it', async t => {
  const { engine, reads } = await rolled(t)
  const all = [...engine.kernel.state.actors()].map(({ address }) => address)
  const addresses: string[] = []
  let cursor: string | null | undefined
  do {
    const page = reads.actors(cursor === undefined ? { limit: 3 } : { limit: 3, cursor: cursor ?? '' }, {})
    addresses.push(...page.items.map(({ address }) => address))
    cursor = page.next
  } while (cursor !== null)
  t.deepEqual(addresses, all.toSorted())
  const nodes = reads.actors({ limit: 10 }, { kind: 'node' }).items
  t.deepEqual(
    nodes.map(({ address, state }) => [address, state]),
    ['n1', 'n2'].map(name => [nodeAddress(name), 'lifecycle.operating + liveness.alive']),
  )
  t.deepEqual(reads.actors({ limit: 10 }, { kind: 'group', state: 'degraded' }).items, [])
})

test('an actor is shown as it is, with its machine, and as it was after a record', async t => {
  const { reads, seq, engine } = await rolled(t)
  const address = groupAddress('web')
  const now = await reads.actor(address)
  t.like(now, { address, machine: 'group@1', state: 'steady', index: `1-${engine.leader.position.seq}` })
  t.like(now.context, { committed: { revision: 2 } })
  t.like(now.chart, { initial: 'steady' })
  const then = await reads.actor(address, seq)
  t.is(then.index, `1-${seq}`)
  t.like(then.context, { committed: { revision: 1 }, candidate: null })
  t.deepEqual(await reads.actor(address, engine.leader.position.seq), now)
  await throwsCode(t, 'KONOR_ENGINE_NOT_FOUND', reads.actor('group/none'))
  await throwsCode(t, 'KONOR_ENGINE_NOT_FOUND', reads.actor(address, 1))
  await throwsCode(t, 'KONOR_REPLAY_BEYOND_HEAD', reads.actor(address, engine.leader.position.seq + 1))
})

test('the whole state at a record is the one that the live kernel had', async t => {
  const { engine, reads, seq } = await rolled(t)
  for (const record of engine.kernel.state.actors()) {
    if (record.changedSeq > seq) continue
    const { index, chart, ...then } = await reads.actor(record.address, seq)
    t.is(index, `1-${seq}`)
    t.truthy(chart)
    t.deepEqual(then, actorDetailView(record))
  }
})

test('the history of an actor is its own, newest first, without a gap', async t => {
  const { reads } = await rolled(t)
  const events: EventView[] = []
  let cursor: string | null | undefined
  do {
    const page = await reads.actorEvents(
      groupAddress('web'),
      cursor === undefined ? { limit: 2 } : { limit: 2, cursor: cursor ?? '' },
    )
    events.push(...page.items)
    cursor = page.next
  } while (cursor !== null)
  t.true(events.every(({ address }) => address === 'group/web'))
  t.is(events.filter(({ type }) => type === 'group.committed').length, 2)
  t.is(events.at(-1)?.type, 'group.declared')
})

test('replays are a few at a time, rest between slices, and stop when nobody wants them', async t => {
  const { engine, seq } = await rolled(t)
  let nowMs = 0
  let rests = 0
  // Each look at this clock finds a millisecond more: a slice is over every few records.
  const clock = {
    monotonicMs: () => nowMs++,
    wallMs: () => 0,
    startTimer(delayMs: number, fire: () => void) {
      t.is(delayMs, SLICE_MS)
      rests++
      queueMicrotask(fire)
      return () => undefined
    },
  }
  const room = new ReplayRoom(engine.journal, clock)
  const running = Array.from({ length: REPLAYS_MAX }, () => room.stateAt(seq))
  await throwsCode(t, 'KONOR_REPLAY_BUSY', room.stateAt(seq))
  for (const replay of await Promise.all(running)) t.is(replay.position.seq, seq)
  t.true(rests > 1)
  await throwsCode(t, 'KONOR_REPLAY_STOPPED', room.stateAt(seq, AbortSignal.abort()))
  t.is((await room.stateAt(1)).position.seq, 1)
})
