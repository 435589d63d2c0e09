import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import test from 'ava'
import type { AlertContext } from '../../actors/alert/chart.ts'
import { encodeStatistics, type Statistics } from '../analytics/statistics-codec.ts'
import { webhookOf } from '../analytics/webhooks/webhook.ts'
import { postOverHttp } from '../analytics/webhooks/post-delivery.ts'
import { declare, NODE, SYSTEM, TestEngine } from '../engine/engine.test.kit.ts'
import { startStepRunner } from '../engine/step-runner.ts'
import { contextOf } from '../kernel/actor-record.ts'
import { MemoryJournal } from '../journal/memory-journal.ts'
import { noFaults } from '../ports/fault-points.ts'
import { silentLogger } from '../ports/logger.ts'
import { SeededRandom } from '../ports/seeded-random.ts'
import { pollUntil } from '../../simulations/kit/poll-until.ts'
import { openAnalytics, type CentralAnalyticsOptions } from './open-analytics.ts'

const LOOK_MS = 10_000
const PAGE = { limit: 100 }

const SELF: Statistics = {
  loopLagP99Ms: 2,
  loopLagMaxMs: 5,
  load1: 0.5,
  cpuShare: 0.1,
  rssBytes: 64 * 1_048_576,
  memoryFreeBytes: 4e9,
  memoryTotalBytes: 8e9,
  peerRoundTripMs: 1,
  peerLoss: 0,
  version: '1',
  platform: 'cloud',
  uptimeMs: 1_000,
  processes: 1,
}

/** A real engine with analytics, three nodes of one group, on a virtual clock. */
async function start(analytics: CentralAnalyticsOptions = {}, journal = new MemoryJournal()) {
  const engine = await TestEngine.start(journal)
  const opened = openAnalytics({ clock: engine.clock, logger: silentLogger, analytics })
  if (engine.leader.view.count('group') === 0) {
    await engine.apply(declare('one'))
    await engine.quiet()
    await engine.join('web', 'n1', 'n2', 'n3')
  }
  const started = opened.start(engine.leader, 'c1', 0)
  /** One look after each time that the named nodes were heard. */
  const hear = async (looks: number, nodes: readonly string[], changes: Partial<Statistics> = {}) => {
    for (let look = 0; look < looks; look++) {
      const heartbeat = encodeStatistics({ ...SELF, ...changes })
      for (const node of nodes) opened.sink.heard({ node, via: 'link', heartbeat })
      engine.clock.advanceBy(LOOK_MS)
      await engine.quiet()
    }
  }
  const raised = () =>
    engine.leader.view.list('alert').flatMap(record => {
      const { kind, subject, clearedAtMs } = contextOf<AlertContext>(record)
      return clearedAtMs === null ? [`${kind} ${subject}`] : []
    })
  return {
    engine,
    journal,
    reads: started.reads,
    sink: opened.sink,
    step: opened.webhookStep,
    started,
    hear,
    raised,
  }
}

const ALL = ['n1', 'n2', 'n3']

test('health needs proof: what is heard is healthy, what is not is unknown', async t => {
  const { reads, hear, sink } = await start()
  const states = () => reads.fleetHealth(PAGE, 'name').items.map(({ name, state }) => `${name} ${state}`)
  t.deepEqual(states(), ['n1 unknown', 'n2 unknown', 'n3 unknown'])
  await hear(1, ['n1'])
  sink.heard({ node: 'n2', via: 'gossip', heartbeat: Uint8Array.of(1, 2, 3) })
  await hear(1, ['n3'], { peerLoss: 0.5 })
  t.deepEqual(states(), ['n1 healthy', 'n2 unknown', 'n3 degraded'])
  await hear(3, ['n3'])
  t.deepEqual(states(), ['n1 unknown', 'n2 unknown', 'n3 healthy'])
  t.is(
    reads.fleetHealth({ limit: 1 }, 'heard').items[0]?.name,
    'n1',
    'who was not heard for longest comes first',
  )
})

test('a node’s history is there at each resolution; what cannot be asked is refused', async t => {
  const { reads, hear, engine } = await start()
  await hear(13, ALL, { peerRoundTripMs: 4 })
  const fine = await reads.nodeHealth('n1', { resolution: '10s' })
  t.is(fine.history.buckets.length, 13)
  t.like(fine.history.buckets[0], { heard: 1, roundTripMs: { min: 4, mean: 4, max: 4 } })
  const minutes = await reads.nodeHealth('n1', { resolution: '1m' })
  t.is(
    minutes.history.buckets.reduce((sum, { heard }) => sum + heard, 0),
    13,
  )
  await t.throwsAsync(reads.nodeHealth('n9', { resolution: '1m' }), { code: 'KONOR_ENGINE_NOT_FOUND' })
  const nowMs = engine.clock.wallMs()
  for (const [fromMs, toMs] of [
    [nowMs, nowMs - 1],
    [nowMs - 1e9, nowMs],
  ] as const)
    await t.throwsAsync(reads.nodeHealth('n1', { resolution: '10s', fromMs, toMs }), {
      code: 'KONOR_ENGINE_INVALID',
    })
})

test('a group that falls silent is an alert, once, and over when it is heard again', async t => {
  const { engine, hear, raised, reads } = await start()
  await hear(8, ALL)
  t.deepEqual(raised(), [])
  await hear(10, ['n1'])
  t.deepEqual(raised(), ['silent-group group/web'])
  t.like(reads.alerts(PAGE, { state: 'raised' }).items[0], { kind: 'silent-group', severity: 'critical' })
  await hear(4, ALL)
  t.deepEqual(raised(), [])
  t.is(reads.alerts(PAGE, { state: 'cleared' }).items.length, 1)
  t.deepEqual(reads.alerts(PAGE, { kind: 'flapping' }).items, [])
  await engine.stop()
})

test('a node that comes and goes, and one whose round trip rises, are alerts of theirs', async t => {
  const { engine, hear, raised, reads } = await start()
  await hear(40, ALL)
  for (const to of ['suspect', 'alive', 'suspect', 'alive', 'suspect', 'alive']) {
    await engine.submit(SYSTEM, 'liveness', { changes: [{ node: 'n2', to }] })
    await hear(1, ALL)
  }
  t.deepEqual(raised(), ['flapping node/n2'])
  await hear(8, ['n3'], { peerRoundTripMs: 30 })
  t.true(raised().includes('rising-round-trip node/n3'))
  const health = await reads.nodeHealth('n3', { resolution: '10s' })
  t.is(health.state, 'degraded')
  t.is(health.alerts[0]?.kind, 'rising-round-trip')
})

test('agents of two versions are an alert after the time of an upgrade', async t => {
  const { engine, hear, raised, reads } = await start()
  const key = engine.leader.view
    .list('node')
    .map(record => contextOf<{ readonly key: string }>(record).key)[0]
  await engine.submit(NODE, 'hello', {
    key,
    labels: {},
    platform: { kind: 'cloud', provider: 'aws' },
    version: '2',
  })
  await hear(179, ALL)
  t.deepEqual(raised(), [])
  await hear(3, ALL)
  t.deepEqual(raised(), ['skewed-versions group/web'])
  t.deepEqual(reads.versions(PAGE).items, [
    { version: '1', nodes: 2, live: 2 },
    { version: '2', nodes: 1, live: 1 },
  ])
  t.like(reads.platforms(PAGE).items[0], { kind: 'cloud', provider: 'aws', nodes: 1 })
})

test('an alert survives a restart: it is neither raised again nor forgotten, and what is owed is delivered', async t => {
  let status = 500
  const bodies: string[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (part: string) => (body += part))
    request.on('end', () => {
      if (status === 200) bodies.push(body)
      response.writeHead(status).end()
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const hook = webhookOf(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
  const analytics = { webhooks: { targets: [hook], secret: 'sixteen characters' }, post: postOverHttp }
  const journal = new MemoryJournal()
  // The engine of the kit runs no webhooks: what it owes waits, as if central had been killed here.
  const before = await start({ ...analytics, webhooks: { ...analytics.webhooks, targets: [] } }, journal)
  const alert = { change: 'raise', kind: 'silent-group', subject: 'group/web', severity: 'critical' }
  const words = { summary: 'nothing is heard', evidence: {}, targets: [hook.id] }
  await before.started.stop()
  await before.engine.submit(SYSTEM, 'alert', { ...alert, ...words })
  await before.engine.leader.stop()

  const after = await TestEngine.start(journal)
  const opened = openAnalytics({ clock: after.clock, logger: silentLogger, analytics })
  const started = opened.start(after.leader, 'c1', 0)
  const runner = startStepRunner({
    leader: after.leader,
    executors: { webhook: opened.webhookStep },
    clock: after.clock,
    random: new SeededRandom('webhooks'),
    logger: silentLogger,
    faults: noFaults,
  })
  const settled = () => [...after.leader.view.effects().values()].length === 0
  status = 200
  await pollUntil('the alert is delivered', () => {
    after.clock.advanceBy(500)
    return bodies.length > 0 && settled()
  })
  t.like(JSON.parse(bodies[0] ?? '{}'), { event: 'alert.raised', alert: { kind: 'silent-group' } })
  const state = started.reads.alerts(PAGE, { state: 'raised' }).items
  t.is(state.length, 1)
  t.deepEqual(state[0]?.deliveries, { waiting: 0, delivered: 1, undelivered: 0 })
  runner.stop()
  await started.stop()
})
