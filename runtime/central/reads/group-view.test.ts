import test from 'ava'
import { TestCluster } from './cluster.test.kit.ts'

async function clusterOf(nodes: readonly string[], policy = 'strong'): Promise<TestCluster> {
  const cluster = new TestCluster()
  await cluster.bootstrap()
  await cluster.declareSet('/a', { x: 1, shared: 'a' })
  await cluster.declareSet('/b', { y: 1, shared: 'b' })
  await cluster.declareGroup('g', ['/a', '/b'], policy)
  for (const node of nodes) await cluster.join(node, 'g')
  return cluster
}

async function applyFully(cluster: TestCluster, nodes: readonly string[]): Promise<number> {
  await cluster.apply('g')
  const revision = cluster.reads.group('g').candidate?.revision ?? 0
  for (const node of nodes)
    await cluster.report(node, 'g', revision, 'staged', revision === 1 ? null : revision - 1)
  for (const node of nodes) await cluster.report(node, 'g', revision, 'applied')
  return revision
}

test('a group from its declaration to what every node applied', async t => {
  const cluster = await clusterOf(['n1', 'n2'])
  const { reads } = cluster
  t.like(reads.group('g'), {
    state: 'steady',
    committed: null,
    held: [],
    counts: { nodes: 2, live: 2, applied: 0 },
  })

  const job = await cluster.apply('g')
  const rolling = reads.group('g')
  t.like(rolling, { state: 'rolling', committed: null, candidate: { revision: 1, outcome: 'pending', job } })
  t.like(rolling.rollout, { revision: 1, state: 'rolling', policy: 'strong', phase: 'staging', job })
  t.is(rolling.candidate?.by, 'key/admin')

  await cluster.report('n1', 'g', 1, 'staged')
  t.is(reads.group('g').rollout?.counts['staged'], 1)
  await cluster.report('n2', 'g', 1, 'staged')
  t.like(reads.group('g'), { state: 'rolling', committed: { revision: 1 }, rollout: { phase: 'activating' } })
  t.is(reads.group('g').counts.applied, 0)
  t.false('candidate' in reads.group('g'))

  await cluster.report('n1', 'g', 1, 'activated')
  t.is(reads.group('g').counts.applied, 0, 'its processes still owe their acknowledgement')
  await cluster.report('n1', 'g', 1, 'applied')
  await cluster.report('n2', 'g', 1, 'applied')
  t.like(reads.group('g'), { state: 'steady', counts: { nodes: 2, live: 2, applied: 2 } })
  t.false('rollout' in reads.group('g'))
})

test('a node that stages the next candidate still runs what is committed', async t => {
  const cluster = await clusterOf(['n1', 'n2'])
  await applyFully(cluster, ['n1', 'n2'])
  await cluster.declareSet('/a', { x: 2, shared: 'a' })
  await cluster.apply('g')
  await cluster.report('n1', 'g', 2, 'staged', 1)
  t.like(cluster.reads.group('g'), { candidate: { revision: 2 }, counts: { applied: 2 } })
})

test('a pin behind its head is held until a rollout brings it', async t => {
  const cluster = await clusterOf(['n1'])
  await applyFully(cluster, ['n1'])
  t.deepEqual(cluster.reads.group('g').held, [])
  await cluster.declareSet('/b', { y: 2, shared: 'b' })
  t.deepEqual(cluster.reads.group('g').held, [{ path: '/b', pinned: 1, head: 2 }])
  await cluster.apply('g')
  t.deepEqual(cluster.reads.group('g').held, [], 'the candidate brings it')
})

test('the deadline of a rollout is told in wall time, as the journal time that is left says', async t => {
  const cluster = await clusterOf(['n1'])
  const { clock } = cluster.leader
  await cluster.apply('g')
  const startedMs = clock.wallMs()
  clock.advanceBy(60_000)
  clock.jumpWallBy(3_600_000)
  await cluster.join('elsewhere')
  const expected = new Date(startedMs + 3_600_000 + 10 * 60_000).toISOString()
  t.is(cluster.reads.group('g').rollout?.deadlineAt, expected)
})

test('paused, undone and rolled back are told as such', async t => {
  const cluster = await clusterOf(['n1'])
  const { leader, reads } = cluster
  await applyFully(cluster, ['n1'])
  await cluster.declareSet('/a', { x: 2, shared: 'a' })
  await cluster.apply('g')
  await leader.do({ instructions: [{ do: 'tell', to: 'policy-run/g/2' as never, event: { type: 'PAUSE' } }] })
  t.like(reads.group('g'), { state: 'paused', reason: 'paused by an admin', rollout: { state: 'paused' } })
  await leader.do({ instructions: [{ do: 'tell', to: 'policy-run/g/2' as never, event: { type: 'ABORT' } }] })
  t.like(reads.group('g'), { state: 'steady', committed: { revision: 1 } })
  t.is(reads.groupRevisions('g', { limit: 1 }).items[0]?.outcome, 'aborted')

  const revision = await (async () => {
    await cluster.apply('g')
    await cluster.report('n1', 'g', 3, 'staged', 1)
    await cluster.report('n1', 'g', 3, 'applied')
    return reads.group('g').committed?.revision
  })()
  t.is(revision, 3)
  await cluster.rollback('g')
  t.like(reads.group('g'), {
    state: 'rolling',
    committed: { revision: 4, kind: 'rollback' },
    previous: { revision: 3 },
  })
  t.like(reads.group('g').rollout, { revision: 4, state: 'restoring', phase: 'restoring' })
  t.deepEqual(reads.group('g').held, [{ path: '/a', pinned: 1, head: 2 }])
})

test('a rejection of what is committed degrades the group', async t => {
  const cluster = await clusterOf(['n1', 'n2', 'n3'], 'eventual')
  await cluster.apply('g')
  for (const node of ['n1', 'n2']) await cluster.report(node, 'g', 1, 'applied')
  t.is(cluster.reads.group('g').state, 'steady')
  await cluster.report('n3', 'g', 1, 'rejected')
  t.like(cluster.reads.group('g'), { state: 'degraded', counts: { nodes: 3, live: 3, applied: 2 } })
  t.regex(cluster.reads.group('g').reason ?? '', /1 node rejected/)
})

test('nodes of a group say how far they are, and what is stale', async t => {
  const cluster = await clusterOf(['n1', 'n2'])
  await applyFully(cluster, ['n1', 'n2'])
  await cluster.declareSet('/a', { x: 2, shared: 'a' })
  await cluster.apply('g')
  await cluster.report('n1', 'g', 2, 'staged', 1)
  await cluster.tellNode('n2', { type: 'LIVENESS', to: 'offline' })
  const { items } = cluster.reads.groupNodes('g', { limit: 10 })
  t.like(items[0], { node: 'n1', liveness: 'alive', staged: 2, active: 1, stale: false })
  t.deepEqual(items[0]?.progress, { revision: 2, phase: 'staged' })
  t.like(items[1], { node: 'n2', liveness: 'offline', staged: 1, active: 1, stale: true })
  t.like(cluster.reads.group('g').counts, { nodes: 2, live: 1, applied: 2 })
})

test('a node as it joins, works, goes offline and is removed', async t => {
  const cluster = await clusterOf(['n1'])
  const { reads } = cluster
  t.like(reads.node('n1'), { name: 'n1', lifecycle: 'syncing', liveness: 'alive', labels: { zone: 'a' } })
  await applyFully(cluster, ['n1'])
  t.like(reads.node('n1'), { lifecycle: 'operating' })
  t.like(reads.node('n1').groups[0], { group: 'g', staged: 1, active: 1, stale: false })
  const since = reads.node('n1').since
  cluster.leader.clock.advanceBy(5_000)
  await cluster.tellNode('n1', { type: 'LIVENESS', to: 'offline' })
  t.like(reads.node('n1'), { liveness: 'offline' })
  t.not(reads.node('n1').since, since)
  t.is(reads.nodes({ limit: 10 }).items.length, 1)
  await cluster.tellNode('n1', { type: 'REMOVE' })
  t.like(reads.node('n1'), { lifecycle: 'left', liveness: 'left', groups: [] })
  t.deepEqual(reads.nodes({ limit: 10 }).items, [])
  t.deepEqual(reads.groupNodes('g', { limit: 10 }).items, [])
})
