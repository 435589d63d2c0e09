import test from 'ava'
import { declare, TestEngine } from '../../engine/engine.test.kit.ts'
import type { Input } from '../../kernel/input.ts'
import { rest, type TestAgent, TestHost } from './link-host.test.kit.ts'

/** The bound of detection with the defaults: heartbeat, silence, and the time to come back. */
const BOUND_MS = 18_000

/** A host past its first detection bound, with agents that are linked and talk while `talking` holds them. */
async function settled(...names: readonly string[]) {
  const inputs: Input[] = []
  const world: TestHost = await TestHost.start({
    submitFact(input) {
      if (input.route === 'liveness') inputs.push(input)
      return world.engine.leader.submitFact(input)
    },
  })
  await world.engine.apply(declare('one'))
  const talking = new Set<TestAgent>()
  for (const name of names) talking.add(await world.join(name, 'web'))
  const pass = async (ms: number): Promise<void> => {
    for (let passedMs = 0; passedMs < ms; passedMs += 1_000) {
      for (const agent of talking) agent.say({ t: 'ping', n: 1 })
      await rest()
      await world.pass(Math.min(1_000, ms - passedMs))
    }
  }
  await pass(BOUND_MS + 1_000)
  return { world, talking, pass, inputs, agents: [...talking] }
}

test('agents that talk stay alive and cost no record', async t => {
  const { world, pass, inputs } = await settled('a', 'b')
  const { seq } = world.engine.leader.position
  await pass(60_000)
  t.is(inputs.length, 0)
  t.is(world.engine.leader.position.seq, seq)
  await world.stop()
})

test('a lost link is suspect at once, offline ten seconds later, and alive again with hello', async t => {
  const { world, pass, agents, talking } = await settled('a', 'b')
  const [a] = agents
  if (a !== undefined) talking.delete(a)
  a?.link?.close()
  await pass(1_000)
  t.is(world.liveness('a'), 'suspect')
  await pass(8_000)
  t.is(world.liveness('a'), 'suspect')
  await pass(3_000)
  t.is(world.liveness('a'), 'offline')
  t.is(world.engine.group('web').offline, 1)
  talking.add(await world.join('a'))
  t.is(world.liveness('a'), 'alive')
  await pass(30_000)
  t.is(world.liveness('a'), 'alive')
  t.is(world.engine.group('web').offline, 0)
  t.is(world.liveness('b'), 'alive')
  await world.stop()
})

test('a silent link is asked, then suspect, alive when it is heard, and closed when it stays silent', async t => {
  const { world, pass, agents, talking } = await settled('a', 'b')
  const [a] = agents
  if (a === undefined) throw new Error('no agent')
  talking.delete(a)
  await pass(4_000)
  t.true(a.all('ping').length > 0)
  t.is(world.liveness('a'), 'alive')
  await pass(4_000)
  t.is(world.liveness('a'), 'suspect')
  t.true(world.host.connected('a'))
  a.say({ t: 'pong', n: 0 })
  await pass(2_000)
  t.is(world.liveness('a'), 'alive')
  await pass(20_000)
  t.is(world.liveness('a'), 'offline')
  await a.closed
  t.false(world.host.connected('a'))
  await world.stop()
})

test('an agent that leaves in good order is left, without suspicion', async t => {
  const { world, pass, agents, talking, inputs } = await settled('a')
  talking.clear()
  agents[0]?.say({ t: 'leave' })
  await pass(1_000)
  t.is(world.liveness('a'), 'left')
  await pass(30_000)
  t.is(world.liveness('a'), 'left')
  t.is(inputs.length, 1)
  await world.stop()
})

test('a new host accuses nobody before one detection bound, then those who never came', async t => {
  const engine = await TestEngine.start()
  await engine.apply(declare('one'))
  const first = await TestHost.start({ engine })
  for (const name of ['a', 'b', 'c']) await first.join(name, 'web')
  for (const { link } of first.agents) link?.close()
  await first.host.stop()
  const world = await TestHost.start({ engine })
  const [a, b] = [await world.dial('a'), await world.dial('b')]
  await a.welcomed()
  await b.welcomed()
  b.link?.close()
  const { seq } = engine.leader.position
  const talk = async (ms: number): Promise<void> => {
    for (let passedMs = 0; passedMs < ms; passedMs += 1_000) {
      a.say({ t: 'ping', n: 1 })
      await world.pass(1_000)
    }
  }
  await talk(BOUND_MS - 1_000)
  t.is(engine.leader.position.seq, seq)
  await talk(3_000)
  t.deepEqual(
    [world.liveness('a'), world.liveness('b'), world.liveness('c')],
    ['alive', 'offline', 'offline'],
  )
  await world.stop()
})

test('a standstill of our own accuses nobody', async t => {
  const { world, agents, pass } = await settled('a', 'b')
  // The event loop stands still for a minute: timers fire late, and only then is what had arrived read.
  const { clock } = world.engine
  const late = clock.monotonicMs.bind(clock)
  const stall = { ms: 0 }
  clock.monotonicMs = () => late() + stall.ms
  stall.ms = 60_000
  await world.pass(1_000)
  t.deepEqual([world.liveness('a'), world.liveness('b')], ['alive', 'alive'])
  await pass(10_000)
  t.deepEqual([world.liveness('a'), world.liveness('b')], ['alive', 'alive'])
  t.true(agents.every(agent => agent.isOpen))
  await world.stop()
})

test('many nodes lost at once become few records, each foldable, at most one a second', async t => {
  const names = Array.from({ length: 300 }, (_, index) => `n${index}`)
  const { world, pass, talking, agents, inputs } = await settled(...names)
  talking.clear()
  const { seq } = world.engine.leader.position
  for (const agent of agents) agent.link?.close()
  await pass(20_000)
  t.true(names.every(name => world.liveness(name) === 'offline'))
  t.is(world.engine.group('web').offline, 300)
  t.true(inputs.length > 2, 'offline for 300 does not fit one input')
  t.true(world.engine.leader.position.seq - seq <= 6, `${world.engine.leader.position.seq - seq} records`)
  await world.stop()
})
