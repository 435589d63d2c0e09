import test from 'ava'
import { World } from '../world/world.ts'
import { Cluster } from './cluster.ts'
import { adminCaller } from './simulated-central.ts'
import type { Topology } from './topology.ts'

const TOPOLOGY: Topology = {
  groups: [
    { name: 'web', sets: ['/web'], policy: { uses: 'eventual', with: { applyTimeout: '20s' } } },
    { name: 'ledger', sets: ['/ledger', '/web'], policy: { uses: 'strong', with: { applyTimeout: '20s' } } },
  ],
  nodes: ['n1', 'n2', 'n3'].map(name => ({
    name,
    groups: ['web', 'ledger'],
    processes: [
      { name: 'front', group: 'web' },
      { name: 'books', group: 'ledger' },
    ],
  })),
}

/** Everything is up, one value is changed, and a minute passes. */
async function oneRollout(seed: string): Promise<Cluster> {
  const cluster = new Cluster(new World(seed), TOPOLOGY)
  const { world } = cluster
  let begun = false
  const beginning = cluster.begin().then(() => (begun = true))
  await world.run(60_000, () => begun)
  await beginning
  await world.run(10_000)
  const change = { path: '/web', set: { limit: 7 }, remove: [] }
  const job = cluster.insist(control => control.changeEntries(change, adminCaller('one')))
  await world.run(60_000)
  const { id } = await job
  await world.run(1)
  cluster.central.control?.job(id)
  return cluster
}

test('a change goes through the real central, agents and SDK to every process, on virtual time', async t => {
  const { processes, central, sightings } = await oneRollout('one rollout')
  t.is(processes.size, 6)
  for (const { snapshot } of processes.values()) t.like(snapshot, { values: { limit: 7 }, stale: false })
  const [job] = central.control?.jobs({ limit: 1 }).items ?? []
  t.is(job?.state, 'succeeded')
  t.true(sightings.every(({ atMs }) => atMs < 12_000))
})

test('the same seed gives the same run, event by event; another seed another', async t => {
  const [one, again, other] = [await oneRollout('a'), await oneRollout('a'), await oneRollout('b')]
  t.true(one.world.trace.events > 500)
  t.is(again.world.trace.hash, one.world.trace.hash)
  t.deepEqual(again.world.story.lines, one.world.story.lines)
  t.deepEqual(again.central.store.disk.head(), one.central.store.disk.head())
  t.not(other.world.trace.hash, one.world.trace.hash)
})
