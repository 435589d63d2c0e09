import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { createMemoryTransport } from '../runtime/links/memory-link.ts'
import type { LinkTransport } from '../runtime/links/link.ts'
import { createTcpTransport } from '../runtime/links/tcp-link.ts'
import { type FaultPoint, noFaults } from '../runtime/ports/fault-points.ts'
import { silentLogger } from '../runtime/ports/logger.ts'
import { nodeClock } from '../runtime/ports/node/node-clock.ts'
import { nodeRandom } from '../runtime/ports/node/node-random.ts'
import { VirtualClock } from '../runtime/ports/virtual-clock.ts'
import { pollUntil } from '../simulations/kit/poll-until.ts'
import { tempDir } from '../simulations/kit/temp-dir.ts'
import { type AgentOptions, type RunningAgent, startAgent } from './agent.ts'
import { connect } from './sdk/connect.ts'
import { DyingDisk } from './testing/dying-disk.ts'
import { TestCentral } from './testing/test-central.ts'

interface World {
  readonly central: TestCentral
  readonly directory: string
  readonly transport: LinkTransport
  start(options?: Partial<AgentOptions>): Promise<RunningAgent>
}

async function world(t: ExecutionContext, transport = createMemoryTransport()): Promise<World> {
  const directory = tempDir(t)
  const central = new TestCentral()
  await central.listen(transport)
  t.teardown(() => central.close())
  const start = async (options: Partial<AgentOptions> = {}): Promise<RunningAgent> => {
    const agent = await startAgent({
      dataDir: directory,
      tokens: [],
      name: 'n1',
      labels: { zone: 'a' },
      socketPath: join(directory, 'konor.sock'),
      version: '0.0.0-test',
      transport,
      clock: nodeClock,
      random: nodeRandom,
      logger: silentLogger,
      faults: noFaults,
      backoff: { minMs: 1, maxMs: 50 },
      ...options,
    })
    t.teardown(() => agent.stop())
    return agent
  }
  return { central, directory, transport, start }
}

const phase = (central: TestCentral, group = 'web'): string | undefined =>
  central.reports.get(group)?.progress?.phase

test('from a token to a process that has applied, over a real link and a real socket', async t => {
  const { central, start, directory } = await world(t, createTcpTransport())
  const agent = await start({ tokens: [central.token('web')] })
  await pollUntil('central welcomed it', () => agent.link === 'up')
  t.is(agent.node, 'n1')
  const client = await connect({ group: 'web', process: 'billing', socket: agent.socketPath })
  t.teardown(() => client.close())
  const seen: unknown[] = []
  client.onChange(({ next }) => void seen.push(next.values))
  const one = central.generation(1, { 'rate-limit': 100 })
  central.desire('web', { committed: one })
  await pollUntil('revision 1 is applied', () => phase(central) === 'applied')
  t.is(client.get('rate-limit', 0), 100)
  const two = central.generation(2, { 'rate-limit': 200 })
  central.desire('web', { committed: one, candidate: central.candidate(two, false) })
  await pollUntil('revision 2 is staged', () => phase(central) === 'staged')
  t.is(client.get('rate-limit', 0), 100)
  central.desire('web', { committed: one, candidate: central.candidate(two, true) })
  await pollUntil('revision 2 is applied', () => phase(central) === 'applied')
  t.is(client.get('rate-limit', 0), 200)
  t.like(central.reports.get('web'), { active: 2, digest: two.digest, processes: 1, fallback: null })
  t.true(seen.length > 0)
  await agent.stop()
  t.is(await agent.ended, undefined)
  t.true(central.received.some(message => message.t === 'leave'))
  for (const file of readdirSync(join(directory, 'agent', 'generations')))
    t.false(readFileSync(join(directory, 'agent', 'generations', file)).includes('rate-limit'))
})

test('a large bundle arrives whole', async t => {
  const { central, start } = await world(t, createTcpTransport())
  const agent = await start({ tokens: [central.token('web')] })
  const entries = Object.fromEntries(
    Array.from({ length: 10_000 }, (_, n) => [`key-${n}`, 'x'.repeat(1_500)]),
  )
  central.desire('web', { committed: central.generation(1, entries) })
  await pollUntil('it is applied', () => phase(central) === 'applied')
  t.is(agent.groups.values('web')?.size, 10_000)
})

test('a redemption whose answer was lost is repeated with the same key', async t => {
  const { central, start } = await world(t)
  central.answersRedeem = false
  const token = central.token('web')
  const agent = await start({ tokens: [token] })
  await pollUntil('it redeems', () => central.redeemed.length === 1)
  await agent.stop()
  central.answersRedeem = true
  const again = await start()
  await pollUntil('central welcomed it', () => again.link === 'up')
  await again.stop()
  const third = await start({ tokens: [token] })
  await pollUntil('central welcomed it', () => third.link === 'up')
  t.is(central.redeemed.length, 2)
  t.is(new Set(central.redeemed.map(one => one.key)).size, 1)
})

test('a later token adds its group; one of another cluster is refused', async t => {
  const { central, start } = await world(t)
  const first = await start({ tokens: [central.token('web')] })
  await pollUntil('central welcomed it', () => first.link === 'up')
  await first.stop()
  const foreign = central.token('db', 'foreign', 'c2')
  await t.throwsAsync(start({ tokens: [foreign] }), { code: 'KONOR_AGENT_OTHER_CLUSTER' })
  const second = await start({ tokens: [central.token('db')] })
  central.desire('db', { committed: central.generation(1, { a: 1 }) })
  await pollUntil('the new group is applied', () => phase(central, 'db') === 'applied')
  t.true(second.groups.belongs('web'))
})

test('central down at the start: what was applied is served, stale, then fresh', async t => {
  const { central, start, transport } = await world(t)
  const agent = await start({ tokens: [central.token('web')] })
  central.desire('web', { committed: central.generation(1, { a: 1 }) })
  await pollUntil('it is applied', () => phase(central) === 'applied')
  await agent.stop()
  await central.close()
  const lonely = await start()
  t.like(lonely.groups.state('web'), { revision: 1, activation: 1, stale: true })
  t.is(lonely.groups.values('web')?.get('a'), 1)
  await central.listen(transport, central.address)
  await pollUntil('it is fresh', () => lonely.groups.state('web')?.stale === false)
  t.true((central.seqs.at(-1) ?? 0) >= 2 * 2 ** 32, 'sequences rise over restarts')
  t.deepEqual(
    central.seqs,
    central.seqs.toSorted((a, b) => a - b),
  )
})

test('a damaged generation falls back, is told, and heals from central', async t => {
  const { central, start, directory, transport } = await world(t)
  const agent = await start({ tokens: [central.token('web')] })
  central.desire('web', { committed: central.generation(1, { a: 1 }) })
  await pollUntil('revision 1 is applied', () => phase(central) === 'applied')
  const two = central.generation(2, { a: 2 })
  central.desire('web', { committed: two })
  await pollUntil('revision 2 is applied', () => central.reports.get('web')?.active === 2)
  await pollUntil('revision 2 is applied', () => phase(central) === 'applied')
  await agent.stop()
  await central.close()
  const file = join(directory, 'agent', 'generations', two.digest)
  const bytes = readFileSync(file)
  bytes[30] = (bytes[30] ?? 0) ^ 1
  writeFileSync(file, bytes)
  const damaged = await start()
  t.like(damaged.groups.state('web'), { revision: 1, activation: 3, stale: true })
  t.is(damaged.groups.values('web')?.get('a'), 1)
  await central.listen(transport, central.address)
  const healed = await pollUntil('it is healed', () => {
    const report = central.reports.get('web')
    return report?.activation === 4 && report.progress?.phase === 'applied' && report
  })
  t.like(healed, { active: 2, fallback: null })
})

test('what is no bundle, or another one than was named, is refused with its reason', async t => {
  const { central, start } = await world(t)
  const agent = await start({ tokens: [central.token('web')] })
  const list = central.generation(1, ['no', 'map'])
  const short = central.generation(2, { a: 1 })
  for (const committed of [list, { ...short, sizeBytes: short.sizeBytes + 1 }]) {
    central.desire('web', { committed })
    const progress = await pollUntil('it is rejected', () => {
      const report = central.reports.get('web')?.progress
      return report?.revision === committed.revision && report.phase === 'rejected' && report
    })
    t.regex(progress.reason ?? '', /^cannot be fetched: KONOR_/)
  }
  t.is(agent.groups.state('web'), undefined)
})

test('a central that falls silent is left, and found again', async t => {
  const { central, start } = await world(t)
  const clock = new VirtualClock()
  const agent = await start({ tokens: [central.token('web')], clock })
  central.desire('web', { committed: central.generation(1, { a: 1 }) })
  await pollUntil('it is applied', () => {
    // Reports wait a moment for each other.
    clock.advanceBy(5)
    return phase(central) === 'applied'
  })
  central.isSilent = true
  await pollUntil('it is stale', () => {
    clock.advanceBy(500)
    return agent.groups.state('web')?.stale === true
  })
  central.isSilent = false
  await pollUntil('it is fresh', () => {
    clock.advanceBy(500)
    return agent.groups.state('web')?.stale === false
  })
  t.is(agent.link, 'up')
})

test('with a disk that takes no write, what was applied is served all the same', async t => {
  const { central, start } = await world(t)
  const agent = await start({ tokens: [central.token('web'), central.token('db')] })
  for (const group of ['web', 'db']) central.desire(group, { committed: central.generation(1, { a: 1 }) })
  for (const group of ['web', 'db'])
    await pollUntil(`${group} is applied`, () => phase(central, group) === 'applied')
  const registration = { group: 'db', process: 'p', instance: '1', pid: 1, prepare: false }
  agent.groups.register(registration, undefined, () => {})
  central.desire('db', { committed: central.generation(2, { a: 2 }) })
  await pollUntil('db is undecided', () => agent.groups.state('db')?.revision === 2)
  await agent.stop()
  const full = new DyingDisk(1, 'before')
  const started = await start({ disk: full })
  t.like(started.groups.state('web'), { revision: 1, stale: true })
  t.is(started.groups.state('db'), undefined, 'its way back must be written first')
  t.is(started.link, 'down')
})

test('a node that is removed from a group serves it no more and deletes its generations', async t => {
  const { central, start, directory } = await world(t)
  const agent = await start({ tokens: [central.token('web'), central.token('db')] })
  for (const group of ['web', 'db']) central.desire(group, { committed: central.generation(1, { group }) })
  for (const group of ['web', 'db'])
    await pollUntil(`${group} is applied`, () => phase(central, group) === 'applied')
  central.groups = ['db']
  central.cut()
  await pollUntil('web is gone', () => !agent.groups.belongs('web'))
  t.is(agent.groups.state('web'), undefined)
  t.like(agent.groups.state('db'), { revision: 1 })
  await pollUntil(
    'its bundle is gone',
    () => readdirSync(join(directory, 'agent', 'generations')).length === 1,
  )
})

test('a central of an older epoch commands nothing, also after a restart', async t => {
  const { central, start } = await world(t)
  const agent = await start({ tokens: [central.token('web')] })
  central.epoch = 5
  central.desire('web', { committed: central.generation(1, { a: 1 }) })
  await pollUntil('it is applied', () => phase(central) === 'applied')
  await agent.stop()
  central.epoch = 4
  central.groups = []
  central.desire('web', { committed: central.generation(2, { a: 2 }) })
  const again = await start()
  const hellos = (): number => central.received.filter(message => message.t === 'hello').length
  const before = hellos()
  await pollUntil('it was tried twice', () => hellos() > before + 1)
  t.like(again.groups.state('web'), { revision: 1, stale: true })
  t.like(
    central.received.findLast(message => message.t === 'hello'),
    { timeline: 1, epoch: 5 },
  )
  central.epoch = 6
  central.groups = ['web']
  central.desire('web', { committed: central.generation(2, { a: 2 }) })
  await pollUntil('the new leader is obeyed', () => again.groups.state('web')?.revision === 2)
})

test('reports are said again until they are recorded', async t => {
  const { central, start } = await world(t)
  central.records = false
  await start({ tokens: [central.token('web')] })
  central.desire('web', { committed: central.generation(1, { a: 1 }) })
  await pollUntil('it is reported', () => phase(central) === 'applied')
  central.reports.clear()
  central.records = true
  central.cut()
  await pollUntil('it is reported again', () => phase(central) === 'applied')
  t.is(new Set(central.seqs).size, central.seqs.length)
})

test('refused tokens end an agent that has no other; a node with groups goes on', async t => {
  const { central, start } = await world(t)
  central.refuse = 'KONOR_AGENT_BAD_TOKEN'
  const agent = await start({ tokens: [central.token('web')] })
  const error = await agent.ended
  t.like(error, { code: 'KONOR_AGENT_BAD_TOKEN' })
  t.false(String(error?.message).includes('secret of'))
  await agent.stop()
  central.refuse = undefined
  const joined = await start({ tokens: [central.token('web')] })
  await pollUntil('central welcomed it', () => joined.link === 'up')
  await joined.stop()
  central.refuse = 'KONOR_AGENT_BAD_TOKEN'
  const other = await start({ tokens: [central.token('db')] })
  await pollUntil('central welcomed it', () => other.link === 'up')
  t.false(other.groups.belongs('db'))
})

test('mistakes at the start are told at once and leave nothing running', async t => {
  const { central, start } = await world(t)
  await t.throwsAsync(start(), { code: 'KONOR_AGENT_NOT_JOINED' })
  await t.throwsAsync(start({ tokens: ['konor1.abc'] }), { code: 'KONOR_AGENT_BAD_TOKEN' })
  await t.throwsAsync(start({ name: 'No Name' }), { code: 'KONOR_AGENT_BAD_NAME' })
  await start({ tokens: [central.token('web')] })
  await t.throwsAsync(start(), { code: 'KONOR_AGENT_LOCKED' })
})

test('every fault point of the agent is passed on the way of a revision', async t => {
  const { central, start } = await world(t)
  const hit = new Set<FaultPoint>()
  await start({ tokens: [central.token('web')], faults: { hit: point => void hit.add(point) } })
  central.desire('web', { committed: central.generation(1, { a: 1 }) })
  await pollUntil('it is applied', () => phase(central) === 'applied')
  const points: FaultPoint[] = ['agent.before-store', 'agent.after-store', 'agent.before-activate']
  for (const point of [
    ...points,
    'agent.after-activate',
    'agent.before-report',
    'agent.after-report',
  ] as const)
    t.true(hit.has(point), point)
})

test('a fault that throws once anywhere delays a revision and does not lose it', async t => {
  const points = [
    'agent.before-store',
    'agent.after-store',
    'agent.before-activate',
    'agent.after-activate',
  ] as const
  for (const point of points) {
    const { central, start } = await world(t)
    let left = 1
    const faults = {
      hit(at: FaultPoint) {
        if (at === point && left-- > 0) throw new Error(`armed ${point}`)
      },
    }
    const agent = await start({ tokens: [central.token('web')], faults })
    central.desire('web', { committed: central.generation(1, { a: 1 }) })
    await pollUntil(`applied in spite of ${point}`, () => phase(central) === 'applied')
    t.is(agent.groups.state('web')?.revision, 1)
  }
})
