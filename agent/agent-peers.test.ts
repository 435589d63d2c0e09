import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { UdpHost } from '../runtime/gossip/udp/udp-host.ts'
import { createTcpTransport } from '../runtime/links/tcp-link.ts'
import { noFaults } from '../runtime/ports/fault-points.ts'
import { silentLogger } from '../runtime/ports/logger.ts'
import { nodeClock } from '../runtime/ports/node/node-clock.ts'
import { nodeRandom } from '../runtime/ports/node/node-random.ts'
import { SeededRandom } from '../runtime/ports/seeded-random.ts'
import { pollUntil } from '../simulations/kit/poll-until.ts'
import { tempDir } from '../simulations/kit/temp-dir.ts'
import { nodeAgentHost } from './agent-host.ts'
import { type AgentOptions, type RunningAgent, startAgent } from './agent.ts'
import type { GossipHost } from './membership/gossip-host.ts'
import { connect } from './sdk/connect.ts'
import { TestCentral } from './testing/test-central.ts'

const keyOf = (name: string): Uint8Array => new SeededRandom(name).bytes(32)

/** Agents with a central that a test takes away; they ask peers soon. */
class World {
  readonly central = new TestCentral()
  readonly hosts = new Map<string, GossipHost>()
  readonly #t: ExecutionContext
  readonly #directories = new Map<string, string>()
  #seed: string | undefined

  constructor(t: ExecutionContext) {
    this.#t = t
  }

  static async start(t: ExecutionContext): Promise<World> {
    const world = new World(t)
    const { central } = world
    await central.listen(createTcpTransport())
    t.teardown(() => central.close())
    central.groups = ['web']
    central.gossip = { preset: 'fast', keys: [keyOf('gossip')], seeds: [] }
    central.bundleKeys = [{ group: 'web', key: keyOf('web') }]
    return world
  }

  async agent(name: string, options: Partial<AgentOptions> = {}): Promise<RunningAgent> {
    const directory = this.#directories.get(name) ?? tempDir(this.#t)
    this.#directories.set(name, directory)
    const agent = await startAgent({
      dataDir: directory,
      tokens: [this.central.token('web', `token-of-web-${name}`)],
      name,
      labels: {},
      socketPath: join(directory, 'konor.sock'),
      version: '0.0.0-test',
      transport: createTcpTransport(),
      clock: nodeClock,
      random: nodeRandom,
      logger: silentLogger,
      faults: noFaults,
      backoff: { minMs: 1, maxMs: 50 },
      peers: { askAfterMs: 50, askEveryMs: 200 },
      host: {
        ...nodeAgentHost,
        startGossip: async plan => {
          const host = await UdpHost.start(plan)
          this.hosts.set(name, host)
          return host
        },
      },
      ...options,
    })
    this.#t.teardown(() => agent.stop())
    return agent
  }

  /** Agents that are linked, and see one another alive. */
  async cluster(...names: readonly string[]): Promise<RunningAgent[]> {
    const agents: RunningAgent[] = []
    for (const name of names) {
      const agent = await this.agent(name)
      agents.push(agent)
      await pollUntil(`${name} takes part`, () => agent.gossipAddress !== undefined)
      this.#seed ??= agent.gossipAddress
      if (this.central.gossip && this.#seed)
        this.central.gossip = { ...this.central.gossip, seeds: [this.#seed] }
    }
    await seeAll(agents)
    return agents
  }
}

const seeAll = (agents: readonly RunningAgent[]): Promise<unknown> =>
  pollUntil('everyone sees everyone', () =>
    agents.every(one => one.members.filter(({ status }) => status === 'alive').length >= agents.length - 1),
  )

const serves = (agent: RunningAgent, revision: number): Promise<unknown> =>
  pollUntil(`${agent.node} serves ${revision}`, () => agent.groups.state('web')?.revision === revision, {
    onTimeout: () => JSON.stringify([agent.groups.state('web'), agent.peers, agent.members, agent.link]),
  })

test('who was away during a commit gets it from a peer while central is gone, and says so when it is back', async t => {
  const world = await World.start(t)
  const { central } = world
  const one = central.generation(1, { 'rate-limit': 100 })
  central.desire('web', { committed: one })
  const [n1, n2, n3] = await world.cluster('n1', 'n2', 'n3')
  if (!n1 || !n2 || !n3) return t.fail()
  for (const agent of [n1, n2, n3]) await serves(agent, 1)
  await n2.stop()
  const two = central.generation(2, { 'rate-limit': 200, big: 'x'.repeat(3 * 1024 * 1024) })
  central.desire('web', { committed: two })
  for (const agent of [n1, n3]) await serves(agent, 2)
  await central.close()

  const back = await world.agent('n2')
  const client = await connect({ group: 'web', process: 'billing', socket: back.socketPath })
  t.teardown(() => client.close())
  t.is(client.get('rate-limit', 0), 100)
  t.true(client.snapshot.stale)
  await pollUntil('the process reads what the group committed', () => client.get('rate-limit', 0) === 200, {
    onTimeout: () => JSON.stringify([back.peers, back.members, n1.peers, n3.peers]),
  })
  t.like(client.snapshot, { revision: 2, stale: true, digest: two.digest })
  t.is(back.link, 'down')
  t.like(back.peers, { taken: 1, fetched: 1 })
  t.is(n1.peers.bundlesServed + n3.peers.bundlesServed, 1)

  const again = new TestCentral()
  Object.assign(again, { groups: ['web'], epoch: 2, gossip: central.gossip, bundleKeys: central.bundleKeys })
  again.desire('web', {
    committed: again.generation(2, { 'rate-limit': 200, big: 'x'.repeat(3 * 1024 * 1024) }),
  })
  await again.listen(createTcpTransport(), central.address)
  t.teardown(() => again.close())
  await pollUntil('it is fresh', () => !client.snapshot.stale)
  await pollUntil('central knows', () => again.reports.get('web')?.progress?.phase === 'applied')
  t.like(again.reports.get('web'), { active: 2, digest: two.digest, fallback: null })
})
