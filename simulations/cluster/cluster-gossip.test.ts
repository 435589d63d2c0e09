import test from 'ava'
import { World } from '../world/world.ts'
import { Cluster } from './cluster.ts'
import type { Topology } from './topology.ts'

const NODES = ['n1', 'n2', 'n3', 'n4']
const TOPOLOGY: Topology = {
  groups: [{ name: 'web', sets: ['/web'], policy: { uses: 'eventual', with: { applyTimeout: '20s' } } }],
  nodes: NODES.map(name => ({ name, groups: ['web'], processes: [] })),
  gossip: 'lan',
}

/** The product's own members, which have found one another. */
async function gossiping(seed: string): Promise<Cluster> {
  const cluster = new Cluster(new World(seed), TOPOLOGY)
  let begun = false
  const beginning = cluster.begin().then(() => (begun = true))
  await cluster.world.run(60_000, () => begun)
  await beginning
  await cluster.world.run(10_000)
  return cluster
}

function viewOf(cluster: Cluster, observer: string): Record<string, string> {
  const { member } = cluster.gossip.lives.findLast(({ machine }) => machine === observer) ?? {}
  const records = [...(member?.records() ?? [])]
  return Object.fromEntries(records.map(({ id, status }) => [cluster.gossip.nameOf(id), status]))
}

function livenessOf(cluster: Cluster, node: string): string | undefined {
  return cluster.central.control?.node(node).liveness
}

test('a machine without power is found dead by all others, and comes back as a later life', async t => {
  const cluster = await gossiping('power')
  const { world } = cluster
  const everybody = { central: 'alive', n1: 'alive', n2: 'alive', n3: 'alive', n4: 'alive' }
  for (const observer of ['central', ...NODES]) t.deepEqual(viewOf(cluster, observer), everybody)
  cluster.losePower('n2')
  await world.run(60_000, () => livenessOf(cluster, 'n2') === 'offline')
  await world.run(5_000)
  for (const observer of ['central', 'n1', 'n3', 'n4'])
    t.deepEqual(viewOf(cluster, observer), { ...everybody, n2: 'dead' })
  cluster.regainPower('n2')
  await world.run(60_000, () => livenessOf(cluster, 'n2') === 'alive')
  await world.run(10_000)
  for (const observer of ['central', ...NODES]) t.is(viewOf(cluster, observer)['n2'], 'alive')
  t.deepEqual(
    cluster.gossip.lives.filter(({ machine }) => machine === 'n2').map(({ epoch }) => epoch),
    [1, 2],
  )
})

test('a node whose datagrams reach central alone is declared dead by nobody', async t => {
  const cluster = await gossiping('one-way')
  const { network, world } = cluster
  const lost = { loss: 1, copies: 0, spreadMs: 0 }
  for (const other of ['n1', 'n2', 'n4']) network.datagrams.setConditions('n3', other, lost)
  await world.run(30_000)
  t.deepEqual(
    cluster.gossip.sightings.filter(({ type }) => type === 'MEMBER_DEAD'),
    [],
  )
  t.is(livenessOf(cluster, 'n3'), 'alive')
})

test('datagrams that come twice and late change nothing, and the same seed gives the same run', async t => {
  const run = async (): Promise<Cluster> => {
    const cluster = await gossiping('copies')
    const { network } = cluster
    for (const from of NODES)
      for (const to of NODES) network.datagrams.setConditions(from, to, { loss: 0, copies: 1, spreadMs: 50 })
    await cluster.world.run(30_000)
    return cluster
  }
  const [one, again] = [await run(), await run()]
  t.false(one.gossip.sightings.some(({ type }) => type === 'MEMBER_SUSPECT' || type === 'MEMBER_DEAD'))
  t.is(one.gossip.conflicts.size, 0)
  t.is(again.world.trace.hash, one.world.trace.hash)
})
