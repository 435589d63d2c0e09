import test from 'ava'
import { CLUSTER, jobAddress } from '../../../actors/vocabulary/addresses.ts'
import { digestOf, digestOfBytes } from '../../../actors/vocabulary/canonical/digest.ts'
import { isKonorError } from '../../../actors/vocabulary/errors/konor-error.ts'
import { tell } from '../../../actors/vocabulary/instruction.ts'
import { compilePlan } from '../../planner/compile-plan.ts'
import { resolvePolicy } from '../../../policies/resolve-policy.ts'
import { encodePlan, planValue } from '../../planner/plan.ts'
import { TestCluster } from './cluster.test.kit.ts'

async function clusterOf(...groups: readonly string[]): Promise<TestCluster> {
  const cluster = new TestCluster()
  await cluster.bootstrap()
  await cluster.declareSet('/a', { x: 1 })
  for (const group of groups) {
    await cluster.declareGroup(group, ['/a'])
    await cluster.join(`node-${group}`, group)
  }
  return cluster
}

test('a job from its acceptance to its success', async t => {
  const cluster = await clusterOf('g')
  const { reads } = cluster
  const id = await cluster.apply('g')
  const index = reads.index()
  const running = reads.job(id)
  t.like(running, { id, kind: 'apply', state: 'running', by: 'key/admin', index })
  t.deepEqual(running.plan.steps, [
    { id: 'rollout-g', kind: 'rollout', target: 'group/g', state: 'running', attempts: 1 },
  ])
  t.deepEqual(running.groups, [{ group: 'g', revision: 1, outcome: 'pending' }])
  t.false('finishedAt' in running)
  await cluster.report('node-g', 'g', 1, 'staged')
  await cluster.report('node-g', 'g', 1, 'applied')
  const done = reads.job(id)
  t.like(done, { state: 'succeeded', groups: [{ group: 'g', revision: 1, outcome: 'committed' }], index })
  t.is(done.plan.steps[0]?.state, 'succeeded')
  t.is(typeof done.finishedAt, 'string')
})

test('a rejected rollout fails its step with the reason and leaves the sibling alone', async t => {
  const cluster = await clusterOf('g', 'h')
  const id = await cluster.apply('g', 'h')
  await cluster.report('node-g', 'g', 1, 'rejected')
  t.is(cluster.reads.job(id).state, 'running')
  await cluster.report('node-h', 'h', 1, 'staged')
  await cluster.report('node-h', 'h', 1, 'applied')
  const job = cluster.reads.job(id)
  t.is(job.state, 'failed')
  t.regex(job.reason ?? '', /g rolled-back \(rejected: node-g: bad value\)/)
  t.deepEqual(
    job.plan.steps.map(({ state }) => state),
    ['failed', 'succeeded'],
  )
  t.deepEqual(job.plan.steps[0]?.error, {
    code: 'KONOR_ENGINE_NOT_COMMITTED',
    message: 'rolled-back: rejected: node-g: bad value',
  })
  t.deepEqual(
    job.groups.map(({ group, outcome }) => `${group} ${outcome}`),
    ['g rolled-back', 'h committed'],
  )
})

test('a queued job says what it waits for', async t => {
  const cluster = await clusterOf('g', 'h')
  const first = await cluster.apply('g')
  const second = await cluster.apply('g')
  const queued = cluster.reads.job(second)
  t.like(queued, { state: 'queued', reason: `waits for the lock group/g, held by job ${first}` })
  t.is(queued.plan.steps[0]?.state, 'pending')
  t.deepEqual(queued.groups, [{ group: 'g', revision: null, outcome: 'pending' }])
  await cluster.leader.do({
    instructions: [tell(jobAddress(second), { type: 'CANCEL', mode: 'stop-after-current' })],
  })
  t.like(cluster.reads.job(second), { state: 'cancelled', groups: [{ outcome: 'aborted' }] })
  t.is(cluster.reads.job(second).plan.steps[0]?.state, 'cancelled')

  await cluster.leader.do({ instructions: [tell(CLUSTER, { type: 'FREEZE', by: 'key/admin' })] })
  t.true(cluster.reads.frozen())
  t.like(cluster.reads.job(await cluster.apply('h')), { state: 'queued', reason: 'the cluster is frozen' })
})

test('a paused rollout pauses its job and its step', async t => {
  const cluster = await clusterOf('g')
  const id = await cluster.apply('g')
  const pause = tell('policy-run/g/1' as never, { type: 'PAUSE' })
  await cluster.leader.do({ instructions: [pause] })
  t.like(cluster.reads.job(id), { state: 'paused', reason: 'paused by an admin' })
  t.is(cluster.reads.job(id).plan.steps[0]?.state, 'paused')
})

test('jobs are listed newest first, by state and by group', async t => {
  const cluster = await clusterOf('g', 'h')
  const ids = [await cluster.apply('g'), await cluster.apply('h'), await cluster.apply('g')]
  const list = (filter = {}) => cluster.reads.jobs({ limit: 10 }, filter).items.map(({ id }) => id)
  t.deepEqual(list(), ids.toReversed())
  t.deepEqual(list({ group: 'g' }), [ids[2], ids[0]])
  t.deepEqual(list({ state: 'queued' }), [ids[2]])
  const first = cluster.reads.jobs({ limit: 2 })
  t.deepEqual(
    cluster.reads.jobs({ limit: 2, cursor: first.next ?? '' }).items.map(({ id }) => id),
    [ids[0]],
  )
})

test('waiting for a job ends with its end, or with the time', async t => {
  const cluster = await clusterOf('g')
  const id = await cluster.apply('g')
  const timed = cluster.reads.waitForJob(id, 1_000)
  const patient = cluster.reads.waitForJob(id, 60_000)
  cluster.leader.clock.advanceBy(1_000)
  t.is((await timed).state, 'running')
  await cluster.report('node-g', 'g', 1, 'staged')
  await cluster.report('node-g', 'g', 1, 'applied')
  t.is((await patient).state, 'succeeded')
  t.is(cluster.leader.clock.pending, 0, 'no timer is left behind')
  const thrown = await t.throwsAsync(cluster.reads.waitForJob('none', 1))
  t.true(isKonorError(thrown, 'KONOR_ENGINE_NOT_FOUND'))
})

test('the plan of a job is read back from its blob', async t => {
  const strong = resolvePolicy({ name: 'strong', uses: 'strong', with: {} })
  if (strong === undefined) return t.fail()
  const cluster = await clusterOf('g')
  const entries = { x: 1 }
  const { plan } = compilePlan(
    { documents: [], touched: ['/a'], relayered: [], removed: [] },
    {
      heads: { '/a': { version: 1, digest: digestOf(entries) } },
      groups: {
        g: {
          sets: ['/a'],
          policy: 'strong',
          committed: null,
          current: { sets: [], pins: {} },
          lastRevision: 0,
        },
      },
      policies: { strong },
    },
    () => entries,
  )
  t.is(plan.groups.length, 1)
  const bytes = encodePlan(plan)
  const blob = { digest: digestOfBytes(bytes), bytes }
  const jobPlan = { digest: plan.digest, blob: blob.digest, groups: [] }
  const id = await cluster.startJob({ kind: 'apply', groups: ['g'], plan: jobPlan }, [blob])
  t.deepEqual(await cluster.reads.jobPlan(id), { digest: plan.digest, plan: planValue(plan) })
})

test('a rollback has a step a group and no plan', async t => {
  const cluster = await clusterOf('g')
  for (const revision of [1, 2]) {
    await cluster.declareSet('/a', { x: revision + 1 })
    await cluster.apply('g')
    await cluster.report('node-g', 'g', revision, 'staged', revision === 1 ? null : 1)
    await cluster.report('node-g', 'g', revision, 'applied')
  }
  const id = await cluster.rollback('g')
  t.like(cluster.reads.job(id), { kind: 'rollback', state: 'running' })
  t.deepEqual(
    cluster.reads.job(id).plan.steps.map(({ target, state }) => `${target} ${state}`),
    ['group/g running'],
  )
  await cluster.report('node-g', 'g', 3, 'applied')
  t.is(cluster.reads.job(id).state, 'succeeded')
  const thrown = await t.throwsAsync(cluster.reads.jobPlan(id))
  t.true(isKonorError(thrown, 'KONOR_ENGINE_NOT_FOUND'))
})
