import test from 'ava'
import { declare, TestEngine } from '../../engine/engine.test.kit.ts'
import type { Sighting } from '../membership/link-membership.ts'
import { rest, type TestAgent, TestHost } from './link-host.test.kit.ts'

const BOUND_MS = 18_000

/** Gossip that says what a test has it say. */
class SpokenGossip {
  keyStage = 7
  readonly returning = new Set<string>()
  #watch: (node: string, sighting: Sighting | undefined) => void = () => {}
  #moved: () => void = () => {}

  invitation() {
    return {
      preset: 'lan' as const,
      keys: [new Uint8Array(32).fill(this.keyStage)],
      seeds: ['127.0.0.1:1'],
    }
  }

  bundleKey(group: string): Uint8Array {
    return new Uint8Array(32).fill(group.length)
  }

  watch(listener: (node: string, sighting: Sighting | undefined) => void) {
    this.#watch = listener
    return () => {}
  }

  isReturning(node: string): boolean {
    return this.returning.has(node)
  }

  onMoved(listener: () => void) {
    this.#moved = listener
    return () => {}
  }

  says(node: string, status: Sighting['status'] | undefined, epoch = 1): void {
    this.#watch(node, status === undefined ? undefined : { status, epoch })
  }

  moveOn(): void {
    this.keyStage++
    this.#moved()
  }
}

async function settled(...names: readonly string[]) {
  const gossip = new SpokenGossip()
  const heard: object[] = []
  const sink = { heard: (one: object) => void heard.push(one), probed: () => {} }
  const world = await TestHost.start({ membership: gossip, sink })
  await world.engine.apply(declare('one'))
  const agents: TestAgent[] = []
  for (const name of names) agents.push(await world.join(name, 'web'))
  const talking = new Set(agents)
  const pass = async (ms: number): Promise<void> => {
    for (let passedMs = 0; passedMs < ms; passedMs += 500) {
      for (const agent of talking) agent.say({ t: 'ping', n: 1 })
      await rest()
      await world.pass(Math.min(500, ms - passedMs))
    }
  }
  await pass(BOUND_MS + 1_000)
  return { world, gossip, pass, talking, agents, heard }
}

test('whom gossip calls alive is alive without a link', async t => {
  const { world, gossip, pass, talking, agents } = await settled('a')
  gossip.says('a', 'alive')
  talking.clear()
  agents[0]?.link?.close()
  await pass(60_000)
  t.is(world.liveness('a'), 'alive')
  gossip.says('a', 'suspect')
  await pass(1_000)
  t.is(world.liveness('a'), 'suspect')
  gossip.says('a', 'dead')
  await pass(1_000)
  t.is(world.liveness('a'), 'offline')
  gossip.says('a', 'alive', 2)
  await pass(1_000)
  t.is(world.liveness('a'), 'alive')
  await world.stop()
})

test('a link that is asked and answers objects; when it falls silent gossip is right', async t => {
  const { world, gossip, pass, talking, agents } = await settled('a')
  const [a] = agents
  const pings = a?.all('ping').length ?? 0
  gossip.says('a', 'alive')
  gossip.says('a', 'suspect')
  await rest()
  t.true((a?.all('ping').length ?? 0) > pings, 'asked at once')
  await pass(3_000)
  t.is(world.liveness('a'), 'alive')
  gossip.says('a', 'dead')
  await pass(5_000)
  t.is(world.liveness('a'), 'alive')
  t.is(world.host.stats.disputed, 1)
  talking.clear()
  await pass(8_000)
  t.is(world.liveness('a'), 'offline')
  t.is(world.host.stats.disputed, 0)
  await world.stop()
})

test('a link that objected and is lost for a moment makes suspect, and offline only when it stays away', async t => {
  const { world, gossip, pass, talking, agents } = await settled('a')
  gossip.says('a', 'alive')
  gossip.says('a', 'dead')
  await pass(5_000)
  t.is(world.liveness('a'), 'alive')
  talking.clear()
  agents[0]?.link?.close()
  await pass(4_000)
  t.is(world.liveness('a'), 'suspect')
  await pass(4_000)
  t.is(world.liveness('a'), 'offline')
  await world.stop()
})

test('whom gossip hears again but does not call back yet is neither disputed nor offline', async t => {
  const { world, gossip, pass, talking, agents } = await settled('a', 'b')
  for (const name of ['a', 'b']) gossip.says(name, 'alive')
  talking.clear()
  agents[1]?.link?.close()
  for (const name of ['a', 'b']) gossip.says(name, 'dead')
  await pass(1_500)
  if (agents[0] !== undefined) talking.add(agents[0])
  for (const name of ['a', 'b']) gossip.returning.add(name)
  await pass(3_000)
  t.deepEqual([world.liveness('a'), world.liveness('b')], ['alive', 'offline'])
  t.is(world.host.stats.disputed, 0)
  talking.clear()
  agents[0]?.link?.close()
  await pass(60_000)
  t.deepEqual([world.liveness('a'), world.liveness('b')], ['suspect', 'offline'])
  gossip.returning.clear()
  await pass(1_500)
  t.is(world.liveness('a'), 'offline', 'it died again, which is not told a second time')
  await world.stop()
})

test('a linked agent that does not answer is suspect as gossip says, long before its link is silent', async t => {
  const { world, gossip, pass, talking } = await settled('a')
  gossip.says('a', 'alive')
  talking.clear()
  gossip.says('a', 'suspect')
  await pass(2_500)
  t.is(world.liveness('a'), 'suspect')
  gossip.says('a', 'dead')
  await pass(1_500)
  t.is(world.liveness('a'), 'offline')
  await world.stop()
})

test('left on gossip or on the link, until a later life', async t => {
  const { world, gossip, pass, agents, talking } = await settled('a', 'b')
  talking.clear()
  gossip.says('a', 'alive')
  gossip.says('b', 'alive')
  agents[0]?.say({ t: 'leave' })
  agents[1]?.link?.close()
  gossip.says('b', 'left')
  await pass(1_500)
  t.deepEqual([world.liveness('a'), world.liveness('b')], ['left', 'left'])
  gossip.says('a', 'dead')
  await pass(1_500)
  t.is(world.liveness('a'), 'left')
  gossip.says('a', 'alive', 2)
  gossip.says('b', 'alive', 2)
  await pass(1_500)
  t.deepEqual([world.liveness('a'), world.liveness('b')], ['alive', 'alive'])
  await world.stop()
})

test('a new host believes no accusation of gossip before its bound, and every farewell and return', async t => {
  const engine = await TestEngine.start()
  await engine.apply(declare('one'))
  const first = await TestHost.start({ engine })
  for (const name of ['a', 'b']) await first.join(name, 'web')
  for (const { link } of first.agents) link?.close()
  await first.host.stop()
  const gossip = new SpokenGossip()
  const world = await TestHost.start({ engine, membership: gossip })
  gossip.says('a', 'dead')
  gossip.says('b', 'alive')
  await world.pass(BOUND_MS - 1_000)
  t.deepEqual([world.liveness('a'), world.liveness('b')], ['alive', 'alive'])
  await world.pass(3_000)
  t.deepEqual([world.liveness('a'), world.liveness('b')], ['offline', 'alive'])
  await world.stop()
})

test('who is offline is not called back by a doubt, nor by gossip that forgets it', async t => {
  const { world, gossip, pass, talking, agents } = await settled('a')
  talking.clear()
  agents[0]?.link?.close()
  gossip.says('a', 'dead')
  await pass(1_500)
  t.is(world.liveness('a'), 'offline')
  const { seq } = world.engine.leader.position
  gossip.says('a', 'suspect', 1)
  await pass(2_000)
  gossip.says('a', undefined)
  await pass(30_000)
  t.is(world.liveness('a'), 'offline')
  t.is(world.engine.leader.position.seq, seq)
  await world.stop()
})

test('a welcome invites, a move is told, and the answer says what the agent holds', async t => {
  const { world, gossip, agents, heard } = await settled('a')
  const [a] = agents
  t.like(a?.all('welcome')[0], {
    gossip: { preset: 'lan', seeds: ['127.0.0.1:1'], keys: [new Uint8Array(32).fill(7)] },
    bundleKeys: [{ group: 'web', key: new Uint8Array(32).fill(3) }],
  })
  gossip.moveOn()
  await rest()
  t.deepEqual(a?.all('gossip').at(-1)?.gossip.keys, [new Uint8Array(32).fill(8)])
  t.true((world.host.keyStages().get('a') ?? 0) < 8)
  a?.say({ t: 'pong', n: a.all('ping').at(-1)?.n ?? 0 })
  a?.say({ t: 'ping', n: 2, heartbeat: new Uint8Array([1, 2]) })
  await rest()
  t.is(world.host.keyStages().get('a'), 8)
  t.deepEqual(heard.at(-1), { node: 'a', via: 'link', heartbeat: new Uint8Array([1, 2]) })
  await world.stop()
})
