import test from 'ava'
import { tokenAddress } from '../../../actors/vocabulary/addresses.ts'
import { isKonorError } from '../../../actors/vocabulary/errors/konor-error.ts'
import { spawn, tell } from '../../../actors/vocabulary/instruction.ts'
import { resolvePolicy } from '../../../policies/resolve-policy.ts'
import { VirtualClock } from '../../ports/virtual-clock.ts'
import { TestCluster } from './cluster.test.kit.ts'
import { FoldedFeed } from './folded-feed.ts'
import { TestLeader } from './leader.test.kit.ts'
import { WaitingRoom } from './waiting-room.ts'

test('an API key is known by its digest alone', async t => {
  const cluster = new TestCluster()
  t.is(cluster.reads.authenticate('secret'), undefined, 'nobody is known before the cluster is')
  await cluster.bootstrap('secret')
  t.deepEqual(cluster.reads.authenticate('secret'), { principal: 'key/admin', scopes: ['admin'] })
  for (const wrong of ['', 'Secret', 'secret ', 'x'.repeat(10_000)]) {
    t.is(cluster.reads.authenticate(wrong), undefined)
  }
})

test('health is ready once the cluster is there, and when the host agrees', async t => {
  const cluster = new TestCluster()
  t.false(cluster.reads.health().ready)
  await cluster.bootstrap()
  const health = cluster.reads.health()
  t.like(health, { ready: true, cluster: 'c1', timeline: 1, epoch: 1, version: '1.0.0' })
  t.deepEqual(
    health.checks.map(({ name }) => name),
    ['cluster', 'leader', 'state'],
  )
})

test('an index is waited for, in time or not at all', async t => {
  const cluster = new TestCluster()
  const { reads, leader } = cluster
  t.is(reads.index(), '1-0')
  const waiting = reads.waitForIndex('1-2', 1_000)
  const late = reads.waitForIndex('1-3', 1_000)
  await cluster.bootstrap()
  await cluster.declareSet('/a', { x: 1 })
  await waiting
  await reads.waitForIndex('1-1', 0)
  leader.clock.advanceBy(1_000)
  t.true(isKonorError(await t.throwsAsync(late), 'KONOR_ENGINE_TIMEOUT'))
  t.true(isKonorError(await t.throwsAsync(reads.waitForIndex('1-9', 0)), 'KONOR_ENGINE_TIMEOUT'))
  for (const index of ['2-1', 'x', '1-']) {
    t.true(isKonorError(await t.throwsAsync(reads.waitForIndex(index, 1)), 'KONOR_ENGINE_INVALID'))
  }
  t.is(leader.clock.pending, 0)
})

test('only so many wait at once', async t => {
  const clock = new VirtualClock()
  const leader = new TestLeader()
  const room = new WaitingRoom(new FoldedFeed(leader), clock, 1)
  const wait = { concerns: () => true, check: () => (leader.position.seq > 0 ? 'there' : undefined) }
  const first = room.wait({ ...wait, onTimeout: () => 'late', timeoutMs: 10 })
  const second = room.wait({ ...wait, onTimeout: () => 'late', timeoutMs: 10 })
  t.true(isKonorError(await t.throwsAsync(second), 'KONOR_ENGINE_QUEUE_FULL'))
  await leader.do({})
  t.is(await first, 'there')
  t.is(room.waiting, 0)
})

test('tokens tell their uses and their end, never their secret', async t => {
  const { leader, reads } = new TestCluster()
  const born = { group: 'g', secretDigest: 'hidden', uses: 2, by: 'key/admin' }
  const expiresAtMs = leader.clock.wallMs() + 60_000
  for (const id of ['t1', 't2', 't3']) {
    await leader.do({ instructions: [spawn(tokenAddress(id), { ...born, id, expiresAtMs })] })
  }
  for (const key of ['k1', 'k1', 'k2']) {
    await leader.do({ instructions: [tell(tokenAddress('t1'), { type: 'REDEEM', key })] })
  }
  await leader.do({ instructions: [tell(tokenAddress('t2'), { type: 'REVOKE' })] })
  const states = () =>
    reads.tokens({ limit: 10 }).items.map(({ id, state, used }) => `${id} ${state} ${used}`)
  t.deepEqual(states(), ['t1 exhausted 2', 't2 revoked 0', 't3 active 0'])
  leader.clock.advanceBy(60_000)
  t.deepEqual(states(), ['t1 exhausted 2', 't2 revoked 0', 't3 expired 0'])
  t.false(JSON.stringify(reads.tokens({ limit: 10 })).includes('hidden'))
})

test('policies are the built-in ones and the declared ones, with the chart to draw', async t => {
  const cluster = new TestCluster()
  await cluster.declarePolicy('careful', 'eventual', { quorum: '60%' })
  const { items } = cluster.reads.policies({ limit: 10 })
  t.deepEqual(
    items.map(({ name, builtIn }) => `${name} ${builtIn}`),
    ['careful false', 'eventual true', 'strong true'],
  )
  const careful = cluster.reads.policy('careful')
  t.like(careful, { uses: 'eventual', with: { quorum: '60%' } })
  const resolved = resolvePolicy({ name: 'careful', uses: 'eventual', with: { quorum: '60%' } })
  t.deepEqual(careful.digest, resolved?.digest)
  t.deepEqual(careful.machine, cluster.reads.policy('eventual').machine)
  t.true(
    isKonorError(
      t.throws(() => cluster.reads.policy('none')),
      'KONOR_ENGINE_NOT_FOUND',
    ),
  )
})

test('a reset carries groups and nodes as they are', async t => {
  const cluster = new TestCluster()
  await cluster.bootstrap()
  await cluster.declareSet('/a', { x: 1 })
  await cluster.declareGroup('g', ['/a'])
  await cluster.join('n', 'g')
  const abort = new AbortController()
  for await (const item of cluster.reads.events('9-1.0', abort.signal)) {
    t.like(item, { reset: true, groups: [cluster.reads.group('g')], nodes: [cluster.reads.node('n')] })
    abort.abort()
  }
})

test('names that nobody declared are not found', t => {
  const { reads } = new TestCluster()
  const page = { limit: 1 }
  for (const read of [
    () => reads.job('x'),
    () => reads.group('x'),
    () => reads.node('x'),
    () => reads.groupNodes('x', page),
    () => reads.groupRevisions('x', page),
    () => reads.history('/x', page),
  ]) {
    t.true(isKonorError(t.throws(read), 'KONOR_ENGINE_NOT_FOUND'))
  }
})
