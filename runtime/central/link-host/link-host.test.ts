import test from 'ava'
import { subscriptionAddress } from '../../../actors/vocabulary/addresses.ts'
import { digestOfBytes } from '../../../actors/vocabulary/canonical/digest.ts'
import { ADMIN, declare } from '../../engine/engine.test.kit.ts'
import { LINK_CHUNK_BYTES } from '../../links/link.ts'
import { createTcpTransport } from '../../links/tcp-link.ts'
import { reportOf, rest, type TestAgent, TestHost } from './link-host.test.kit.ts'

const TRACE = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'

async function commitOne(...agents: readonly TestAgent[]): Promise<void> {
  for (const agent of agents) await agent.report('web', { revision: 1, phase: 'applied' }, 1)
}

test('an agent joins with a token, is welcomed, told what is committed, and its report is recorded', async t => {
  const world = await TestHost.start()
  await world.engine.apply(declare('one'))
  const agent = await world.dial('n1')
  agent.redeem(await world.token('web'))
  t.like(await agent.next('redeemed'), { group: 'web', name: 'n1' })
  const welcome = await agent.welcomed()
  t.deepEqual(welcome.groups, ['web'])
  t.is(welcome.epoch, world.engine.leader.position.epoch)
  t.true(welcome.heartbeatMs >= 1_800 && welcome.heartbeatMs <= 2_000)
  const { desire } = await agent.next('desire')
  t.like(desire, { group: 'web', candidate: null, removed: false, retry: 0 })
  t.is(desire.committed?.revision, 1)
  t.true(world.host.connected('n1'))
  await commitOne(agent)
  t.deepEqual(world.engine.stateOf(subscriptionAddress('web', 'n1')), { following: 'applied' })
  t.like(world.host.stats, { links: 1, connected: 1, desires: 1, reports: 1, refused: 0 })
  await world.stop()
})

test('every change of what is desired reaches its nodes once, with the trace of its job, and counters none', async t => {
  const world = await TestHost.start()
  await world.engine.apply(declare('one'))
  const [a, b] = [await world.join('a', 'web'), await world.join('b', 'web')]
  await commitOne(a, b)
  await rest()
  t.is(world.host.stats.desires, 2)
  await world.engine.apply(declare('two'), {}, { ...ADMIN, traceparent: TRACE })
  await rest()
  for (const agent of [a, b]) {
    t.is(agent.all('desire').length, 2)
    t.like(agent.desire('web')?.candidate, { revision: 2, activate: true, applyTimeoutMs: 60_000 })
    t.is(agent.all('desire').at(-1)?.traceparent?.slice(3, 35), TRACE.slice(3, 35))
  }
  await a.report('web', { revision: 2, phase: 'activated' }, 2)
  await b.report('web', { revision: 2, phase: 'applied' }, 2)
  await rest()
  t.is(a.all('desire').length, 2, 'what others report is no business of this node')
  await a.report('web', { revision: 2, phase: 'applied' }, 2)
  await rest()
  t.is(a.all('desire').length, 3)
  t.like(a.desire('web'), { candidate: null })
  t.is(a.desire('web')?.committed?.revision, 2)
  await world.stop()
})

test('a pause takes nothing back from who may run it, and offers it to nobody else', async t => {
  const world = await TestHost.start()
  await world.engine.apply(declare('one'))
  const names = ['a', 'b', 'c', 'd']
  const agents: TestAgent[] = []
  for (const name of names) agents.push(await world.join(name, 'web'))
  await commitOne(...agents)
  const [a, b, , d] = agents
  d?.link?.close()
  await rest()
  await world.engine.apply(declare('two'))
  await a?.report('web', { revision: 2, phase: 'activated' }, 2)
  await world.engine.submit(ADMIN, 'control', { group: 'web', action: 'pause' })
  await rest()
  t.like(b?.desire('web')?.candidate, { revision: 2, activate: true }, 'it may run it before we hear of it')
  const again = await world.dial('d')
  await again.welcomed()
  await rest()
  t.is(again.desire('web'), undefined, 'nothing is said before it says where it stands')
  await again.report('web', { revision: 1, phase: 'applied' }, 1)
  await rest()
  t.is(again.desire('web')?.candidate, null)
  a?.link?.close()
  const back = await world.dial('a')
  await back.welcomed()
  await back.report('web', { revision: 2, phase: 'activated' }, 2)
  await rest()
  t.like(back.desire('web')?.candidate, { revision: 2, activate: true })
  await world.engine.submit(ADMIN, 'control', { group: 'web', action: 'resume' })
  await rest()
  t.like(again.desire('web')?.candidate, { revision: 2, activate: true })
  await world.stop()
})

test('while the cluster is frozen nobody begins with a candidate; a thaw lets them', async t => {
  const world = await TestHost.start()
  await world.engine.apply(declare('one', 'strong'))
  const [a, b] = [await world.join('a', 'web'), await world.join('b', 'web')]
  await commitOne(a, b)
  await world.engine.apply(declare('two', 'strong'))
  await rest()
  t.like(b.desire('web')?.candidate, { revision: 2, activate: false })
  await a.report('web', { revision: 2, phase: 'staged' }, 1)
  await world.engine.submit(ADMIN, 'freeze', { reason: null, idempotency: null })
  await rest()
  t.is(b.desire('web')?.candidate, null)
  t.is(a.desire('web')?.candidate?.revision, 2)
  await world.engine.submit(ADMIN, 'thaw', { idempotency: null })
  await rest()
  t.is(b.desire('web')?.candidate?.revision, 2)
  await world.stop()
})

test('what was held back and is told again is not taken back for a word that answers the older one', async t => {
  const world = await TestHost.start()
  await world.engine.apply(declare('one', 'strong'))
  const [a, b] = [await world.join('a', 'web'), await world.join('b', 'web')]
  await commitOne(a, b)
  await world.engine.apply(declare('two', 'strong'))
  await world.engine.submit(ADMIN, 'freeze', { reason: null, idempotency: null })
  await rest()
  t.is(a.desire('web')?.candidate, null)
  const before = a.all('desire').length
  // It had staged it a moment before it heard that it is not wanted to; then it answers that word.
  await a.report('web', { revision: 2, phase: 'staged' }, 1)
  await a.report('web', { revision: 1, phase: 'applied' }, 1)
  await rest()
  t.like(a.desire('web')?.candidate, { revision: 2, activate: false })
  await a.report('web', { revision: 2, phase: 'staged' }, 1)
  await rest()
  t.is(a.all('desire').length, before + 1, 'they do not answer one another for ever')
  await world.stop()
})

test('a group that is deleted and a node that is removed leave their agents without it', async t => {
  const world = await TestHost.start()
  await world.engine.apply(declare('one'))
  await world.engine.apply(declare('one', 'eventual', '/b', 'db'))
  const [a, b] = [await world.join('a', 'web', 'db'), await world.join('b', 'web')]
  await world.engine.submit(ADMIN, 'remove-node', { node: 'b', idempotency: null })
  t.is((await b.next('refused')).code, 'KONOR_ENGINE_UNKNOWN_IDENTITY')
  await b.closed
  t.true(b.desire('web')?.removed)
  t.is(a.desire('db')?.removed, false)
  const again = await world.dial('b')
  again.hello()
  t.like(await again.next('refused'), { code: 'KONOR_ENGINE_UNKNOWN_IDENTITY', final: true })
  await again.closed
  t.false(world.host.connected('b'))
  await world.stop()
})

test('a newer link of a node takes the place of the older one, which is told so', async t => {
  const world = await TestHost.start()
  await world.engine.apply(declare('one'))
  const older = await world.join('n1', 'web')
  const newer = await world.dial('n1')
  await newer.welcomed()
  t.like(await older.next('refused'), { code: 'KONOR_LINK_REPLACED', final: true })
  await older.closed
  await newer.next('desire')
  await world.pass(2_000)
  t.true(world.host.connected('n1'))
  t.is(world.liveness('n1'), 'alive')
  t.is(world.host.stats.links, 1)
  await world.stop()
})

test('an agent that has heard a later central is outranked before it is welcomed, within reason', async t => {
  const world = await TestHost.start()
  await world.engine.apply(declare('one'))
  const first = await world.join('n1', 'web')
  const far = await world.dial('n1')
  far.hello({ timeline: 1, epoch: Number.MAX_SAFE_INTEGER })
  t.is((await far.next('refused')).code, 'KONOR_LINK_MALFORMED')
  t.is(world.engine.leader.position.epoch, 1)
  first.link?.close()
  const ahead = await world.dial('n1')
  ahead.hello({ timeline: 3, epoch: 40 })
  const welcome = await ahead.next('welcome')
  t.deepEqual([welcome.timeline, welcome.epoch], [3, 41])
  const { desire } = await ahead.next('desire')
  t.deepEqual([desire.timeline, desire.epoch], [3, 41])
  await world.stop()
})

test('what is folded before it is recorded is never answered as recorded', async t => {
  let release = (): void => {}
  const held = new Promise<void>(resolve => (release = resolve))
  const world: TestHost = await TestHost.start({
    submitFact: input => held.then(() => world.engine.leader.submitFact(input)),
  })
  await world.engine.apply(declare('one'))
  const agent = await world.join('n1', 'web')
  agent.sayReport([reportOf('web', { revision: 1, phase: 'staging' })])
  await rest()
  t.is(agent.all('recorded').length, 0)
  release()
  await agent.next('recorded')
  await world.stop()
})

test('a fault before a desire delays it, a fault after a report leaves it unanswered; both heal', async t => {
  let failing = ''
  const world = await TestHost.start({
    faults: {
      hit(point) {
        if (point === failing) throw new Error(point)
      },
    },
  })
  await world.engine.apply(declare('one'))
  failing = 'central.before-desire'
  const agent = await world.join('n1', 'web')
  await rest()
  t.is(agent.desire('web'), undefined)
  failing = 'central.after-report'
  await world.pass(500)
  t.is(agent.desire('web')?.committed?.revision, 1)
  agent.sayReport([reportOf('web', { revision: 1, phase: 'applied' }, 1)])
  await rest()
  t.is(agent.all('recorded').length, 0)
  failing = ''
  await commitOne(agent)
  await world.stop()
})

test('bundles over tcp: one read of the journal for many agents, whole and true', async t => {
  let reads = 0
  const world: TestHost = await TestHost.start({
    transport: createTcpTransport(),
    listen: '127.0.0.1:0',
    getBlob(digest) {
      reads++
      return world.engine.leader.getBlob(digest)
    },
  })
  await world.engine.apply(declare('x'.repeat(LINK_CHUNK_BYTES * 2)))
  const agents = await Promise.all(Array.from({ length: 10 }, (_, index) => world.join(`n${index}`, 'web')))
  const fetched = agents.map(async agent => {
    const { committed } = (await agent.next('desire')).desire
    if (committed === null) throw new Error('nothing is committed')
    const parts: Uint8Array[] = []
    for (let offset = 0; offset < committed.sizeBytes; offset += parts.at(-1)?.length ?? 0) {
      agent.say({ t: 'fetch', digest: committed.digest, offset })
      parts.push((await agent.next('chunk')).bytes)
    }
    return digestOfBytes(Buffer.concat(parts)) === committed.digest
  })
  t.deepEqual(
    await Promise.all(fetched),
    Array.from({ length: 10 }, () => true),
  )
  t.is(reads, 1)
  await world.stop()
})
