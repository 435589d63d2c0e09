import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { UdpHost } from '../runtime/gossip/udp/udp-host.ts'
import type { GossipInvitation } from '../runtime/links/protocol.ts'
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
import { groupTagsOf } from './membership/group-tags.ts'
import { TestCentral } from './testing/test-central.ts'

const keyOf = (name: string): Uint8Array => new SeededRandom(name).bytes(32)
const invitation = (...keys: Uint8Array[]): GossipInvitation => ({ preset: 'fast', keys, seeds: [] })

/** A node of the test; it may be started again. */
class TestNode {
  readonly #t: ExecutionContext
  readonly #central: TestCentral
  readonly #name: string
  readonly #directory: string
  #agent: RunningAgent | undefined
  #host: GossipHost | undefined

  constructor(t: ExecutionContext, central: TestCentral, name: string) {
    this.#t = t
    this.#central = central
    this.#name = name
    this.#directory = tempDir(t)
  }

  get agent(): RunningAgent {
    if (this.#agent === undefined) throw new Error('start it first')
    return this.#agent
  }

  get host(): GossipHost {
    if (this.#host === undefined) throw new Error('it takes no part in gossip')
    return this.#host
  }

  get address(): string {
    return this.agent.gossipAddress ?? ''
  }

  async start(options: Partial<AgentOptions> = {}): Promise<RunningAgent> {
    const agent = await startAgent({
      dataDir: this.#directory,
      tokens: [this.#central.token('web', `token-of-web-${this.#name}`)],
      name: this.#name,
      labels: {},
      socketPath: join(this.#directory, 'konor.sock'),
      version: '0.0.0-test',
      transport: createTcpTransport(),
      clock: nodeClock,
      random: nodeRandom,
      logger: silentLogger,
      faults: noFaults,
      backoff: { minMs: 1, maxMs: 50 },
      host: {
        ...nodeAgentHost,
        startGossip: async plan => (this.#host = await UdpHost.start(plan)),
      },
      ...options,
    })
    this.#agent = agent
    this.#t.teardown(() => agent.stop())
    return agent
  }

  /** What it believes of the others, by their addresses. */
  sees(other: string): string | undefined {
    return this.agent.members.find(({ address }) => address === other)?.status
  }
}

async function clusterOf(t: ExecutionContext, names: readonly string[]) {
  const central = new TestCentral()
  await central.listen(createTcpTransport())
  t.teardown(() => central.close())
  central.groups = ['web']
  central.gossip = invitation(keyOf('first'))
  const nodes: TestNode[] = []
  for (const name of names) {
    const node = new TestNode(t, central, name)
    nodes.push(node)
    await node.start()
    await pollUntil(`${name} takes part`, () => node.agent.gossipAddress !== undefined)
    // As central does: the next one is told of who is there.
    central.gossip = { ...central.gossip, seeds: [nodes[0]?.address ?? ''] }
  }
  await allAlive(nodes)
  return { central, nodes }
}

const allAlive = (nodes: readonly TestNode[]): Promise<unknown> =>
  pollUntil(
    'everyone sees everyone alive',
    () => nodes.every(node => nodes.every(other => node === other || node.sees(other.address) === 'alive')),
    { onTimeout: () => JSON.stringify(nodes.map(({ agent }) => agent.members)) },
  )

test('agents with a token alone know each other; one that leaves left, one that crashes is dead', async t => {
  const { central, nodes } = await clusterOf(t, ['n1', 'n2', 'n3', 'n4'])
  const [n1, n2, n3, n4] = nodes
  if (!n1 || !n2 || !n3 || !n4) return t.fail()
  const gone = n4.address
  await n4.agent.stop()
  await pollUntil('all know that it left', () => [n1, n2, n3].every(node => node.sees(gone) === 'left'))
  t.true(central.received.some(({ t: kind }) => kind === 'leave'))
  const crashed = n3.address
  await n3.host.close()
  await pollUntil('both know that it died', () => [n1, n2].every(node => node.sees(crashed) === 'dead'))
  t.is(n1.sees(n2.address), 'alive')
  t.is(n1.agent.link, 'up')
})

test('agents that start again while central is away find each other', async t => {
  const { central, nodes } = await clusterOf(t, ['n1', 'n2', 'n3'])
  await Promise.all(nodes.map(({ agent }) => agent.stop()))
  await central.close()
  await Promise.all(nodes.map(node => node.start({ tokens: [] })))
  await pollUntil('all take part', () => nodes.every(({ agent }) => agent.gossipAddress !== undefined))
  await allAlive(nodes)
  t.true(nodes.every(({ agent }) => agent.link !== 'up'))
})

test('keys move on while agents run, and one that was away gets in again with its welcome', async t => {
  const { central, nodes } = await clusterOf(t, ['n1', 'n2', 'n3'])
  const [n1, n2, away] = nodes
  if (!n1 || !n2 || !away) return t.fail()
  const former = away.address
  await away.agent.stop()
  const [first, second] = [keyOf('first'), keyOf('second')]
  const { seeds } = central.gossip ?? { seeds: [] }
  for (const keys of [[first, second], [second, first], [second]]) {
    central.invite({ preset: 'fast', keys, seeds })
    await pollUntil('both follow', () =>
      [n1, n2].every(({ host }) => host.keyring.state.keyIds.length === keys.length),
    )
  }
  t.is(n1.sees(n2.address), 'alive')
  t.is(n2.sees(former), 'left')
  await away.start({ tokens: [] })
  await pollUntil('it takes part', () => away.agent.gossipAddress !== undefined)
  await allAlive(nodes)
  t.deepEqual(away.host.keyring.state, n1.host.keyring.state)
})

test('keys that nobody else has harm nothing but gossip, and right ones mend it', async t => {
  const { central, nodes } = await clusterOf(t, ['n1', 'n2'])
  const right = central.gossip ?? invitation(keyOf('first'))
  central.gossip = { ...right, keys: [keyOf('wrong')] }
  const stranger = new TestNode(t, central, 'n3')
  await stranger.start()
  await pollUntil('it takes part', () => stranger.agent.gossipAddress !== undefined)
  await pollUntil('it was refused', () => (nodes[0]?.host.stats.channel.refused['unknown-key'] ?? 0) > 0)
  t.deepEqual(stranger.agent.members, [])
  t.is(stranger.agent.link, 'up')
  for (const node of nodes) t.is(node.agent.members.length, 1)
  central.invite(right)
  await allAlive([...nodes, stranger])
})

test('the tags of a member tell its groups to those who have their keys', async t => {
  const { central, nodes } = await clusterOf(t, ['n1', 'n2'])
  const [n1, n2] = nodes
  if (!n1 || !n2) return t.fail()
  const web = { group: 'web', key: keyOf('web') }
  const db = { group: 'db', key: keyOf('db') }
  const tagsSeen = (): string | undefined => n2.agent.members[0]?.groupTags
  central.groups = ['web', 'db']
  central.bundleKeys = [web, db]
  central.cut()
  await pollUntil('both groups are told', () => tagsSeen() === groupTagsOf([web, db]))
  central.desire('db', { removed: true })
  await pollUntil('one group is told', () => tagsSeen() === groupTagsOf([web]))
  central.groups = []
  central.bundleKeys = []
  central.cut()
  await pollUntil('none is told', () => tagsSeen() === groupTagsOf([]))
  t.is(n2.sees(n1.address), 'alive')
})

test('a node that central knows no more leaves the gossip, and stays out after a restart', async t => {
  const { central, nodes } = await clusterOf(t, ['n1', 'n2'])
  const [n1, n2] = nodes
  if (!n1 || !n2) return t.fail()
  central.expels = 'KONOR_ENGINE_UNKNOWN_IDENTITY'
  central.cut()
  await pollUntil('both fell silent', () => nodes.every(({ agent }) => agent.gossipAddress === undefined))
  await n2.agent.stop()
  await n2.start({ tokens: [] })
  t.is(n2.agent.gossipAddress, undefined)
  t.deepEqual(n2.agent.members, [])
  central.expels = undefined
  await pollUntil('both are back', () => nodes.every(({ agent }) => agent.gossipAddress !== undefined))
  central.invite({ ...invitation(keyOf('first')), seeds: [n1.address] })
  await allAlive(nodes)
})

test('statistics go out with pings on the link and with gossip packets', async t => {
  const { central, nodes } = await clusterOf(t, ['n1'])
  central.heartbeatMs = 20
  const heartbeat = Uint8Array.of(1, 2, 3)
  const heard: number[][] = []
  const node = new TestNode(t, central, 'n2')
  await node.start({ heartbeat: () => heartbeat })
  await pollUntil('a ping has them', () =>
    central.received.some(message => message.t === 'ping' && message.heartbeat?.[2] === 3),
  )
  const listener = new TestNode(t, central, 'n3')
  await listener.start({
    host: {
      ...nodeAgentHost,
      startGossip: plan =>
        UdpHost.start({
          ...plan,
          onEvent: event => {
            if (event.type === 'HEARTBEAT_RECEIVED') heard.push([...event.heartbeat])
            plan.onEvent(event)
          },
        }),
    },
  })
  // The first node tells what it measured of itself: nothing was given to it instead.
  await pollUntil('a member heard them', () => heard.some(bytes => bytes.join() === '1,2,3'))
  t.is(nodes.length, 1)
})

test('on a wildcard the others are told the address that leads to central, with the port that was bound', async t => {
  const { central, nodes } = await clusterOf(t, ['n1'])
  const wild = new TestNode(t, central, 'n2')
  await wild.start({ gossip: '0.0.0.0:0' })
  await pollUntil('it takes part', () => wild.agent.gossipAddress !== undefined)
  t.regex(wild.address, /^127\.0\.0\.1:[1-9]/)
  await allAlive([...nodes, wild])
})

test('a gossip address that is none is told at the start', async t => {
  const central = new TestCentral()
  await central.listen(createTcpTransport())
  t.teardown(() => central.close())
  const node = new TestNode(t, central, 'n1')
  await t.throwsAsync(node.start({ gossip: 'localhost:7602' }), { code: 'KONOR_GOSSIP_ADDRESS' })
})
