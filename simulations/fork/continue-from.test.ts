import test from 'ava'
import { MemoryJournal } from '../../runtime/journal/memory-journal.ts'
import { Cluster } from '../cluster/cluster.ts'
import { adminCaller } from '../cluster/simulated-central.ts'
import type { GroupPlan, Topology } from '../cluster/topology.ts'
import { World } from '../world/world.ts'
import { continueFrom, openJobs, originAt } from './continue-from.ts'

function webOf(policy: GroupPlan['policy']): Topology {
  return {
    groups: [{ name: 'web', sets: ['/web'], policy }],
    nodes: ['n1', 'n2', 'n3'].map(name => {
      return { name, groups: ['web'], processes: [{ name: 'app', group: 'web' }] }
    }),
  }
}

const STRONG: GroupPlan['policy'] = { uses: 'strong', with: { applyTimeout: '10s', stageTimeout: '5m' } }
const EVENTUAL: GroupPlan['policy'] = { uses: 'eventual', with: { applyTimeout: '10s' } }

interface Past {
  readonly cluster: Cluster
  /** The job that is under way. */
  readonly job: string
  readonly journal: MemoryJournal
}

/** A cluster in the middle of a rollout, which n3 with its slow disk holds up. */
async function past(policy: GroupPlan['policy'], before?: (cluster: Cluster) => void): Promise<Past> {
  const cluster = new Cluster(new World('past'), webOf(policy))
  const { world, central } = cluster
  let begun = false
  const beginning = cluster.begin().then(() => (begun = true))
  await world.run(60_000, () => begun)
  await beginning
  const files = cluster.machines.get('n3')?.files
  await world.run(30_000)
  before?.(cluster)
  await world.run(30_000)
  if (files !== undefined) files.conditions.syncMs = 30_000
  const change = { path: '/web', set: { limit: 7 }, remove: [] }
  const asked = cluster.insist(control => control.changeEntries(change, adminCaller('alice')))
  await world.run(200)
  const { id } = await asked
  return { cluster, job: id, journal: new MemoryJournal({ disk: central.store.disk }) }
}

test.serial(
  'a rollout goes on from a journal, on another timeline, and the journal stays as it was',
  async t => {
    const { journal, job } = await past(STRONG)
    const { disk } = journal
    const before = { records: [...disk.records], head: disk.head(), blobs: disk.blobs.size }
    const origin = await originAt(journal, disk.records.length)
    t.deepEqual(openJobs(origin), [job])
    const { open, violations, records, stormAtMs, story } = await continueFrom(origin, 1, 'none')
    t.deepEqual(violations, [])
    t.like(open, [{ id: job, state: 'succeeded', groups: [{ group: 'web', outcome: 'committed' }] }])
    t.true(records > before.records.length)
    const told = story().map(({ who, what }) => `${who} ${what}`)
    t.true(told.some(line => line.startsWith('central took the lead at 2-')))
    t.true(told.includes('web committed revision 2: staged by 3 of 3 nodes'))
    t.false(
      told.some(line => line.includes('committed revision 1')),
      'the past was told again',
    )
    t.true(stormAtMs > 0)
    t.deepEqual({ records: disk.records, head: disk.head(), blobs: disk.blobs.size }, before)
  },
)

test.serial('who was offline stays away: `strong` gives up after its stage timeout, and says so', async t => {
  const { journal, job } = await past(STRONG, cluster => cluster.losePower('n3'))
  const origin = await originAt(journal, journal.disk.records.length)
  const { open, violations, virtualMs } = await continueFrom(origin, 1, 'none')
  t.deepEqual(violations, [])
  t.like(open, [{ id: job, state: 'failed', groups: [{ group: 'web', outcome: 'rolled-back' }] }])
  t.true(virtualMs > 290_000)
})

for (const [name, policy] of [
  ['strong', STRONG],
  ['eventual', EVENTUAL],
] as const)
  test.serial(
    `from each record of a rollout under \`${name}\`: every promise is kept, also under faults`,
    async t => {
      const { journal, cluster } = await past(policy)
      await cluster.world.run(120_000)
      const { length } = journal.disk.records
      for (let seq = length - 12; seq <= length; seq += 2) {
        const origin = await originAt(journal, seq)
        for (const faults of ['none', 'light'] as const) {
          const { violations, open } = await continueFrom(origin, seq, faults)
          t.deepEqual(violations, [], `from ${seq}, faults ${faults}`)
          t.true(open.every(({ state }) => ['succeeded', 'failed', 'paused'].includes(state)))
        }
      }
    },
  )

test.serial('the same journal, seed and faults give the same; another seed gives other faults', async t => {
  const { journal } = await past(EVENTUAL)
  const origin = await originAt(journal, journal.disk.records.length)
  const [one, again, other] = [
    await continueFrom(origin, 3, 'swarm'),
    await continueFrom(origin, 3, 'swarm'),
    await continueFrom(origin, 4, 'swarm'),
  ]
  t.is(again.traceHash, one.traceHash)
  t.not(other.traceHash, one.traceHash)
})

test.serial('there is nothing to go on from before a node has joined, or beyond the head', async t => {
  const { journal } = await past(EVENTUAL)
  await t.throwsAsync(originAt(journal, 2), { message: /no node had joined/ })
  await t.throwsAsync(originAt(journal, 9_999), { message: /there is no record 9999/ })
})
