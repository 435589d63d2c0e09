import test from 'ava'
import { groupAddress, lockAddress, policyRunAddress } from '../../actors/vocabulary/addresses.ts'
import type { LockContext } from '../../actors/lock/chart.ts'
import { digestOf } from '../../actors/vocabulary/canonical/digest.ts'
import { isKonorError, type KonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import { contextOf } from '../kernel/actor-record.ts'
import { ADMIN, declare, NODE, TestEngine } from './engine.test.kit.ts'
import { plainJob, prepareDeleteSet, prepareEntries } from './prepare-apply.ts'

const MINUTE_MS = 60_000

async function refusalOf(done: Promise<unknown>): Promise<KonorError> {
  try {
    await done
  } catch (thrown) {
    if (isKonorError(thrown)) return thrown
    throw thrown
  }
  throw new Error('nothing was refused')
}

/** A group over /a with nodes that all applied its first revision. */
async function settled(policy: string, ...nodes: readonly string[]): Promise<TestEngine> {
  const engine = await TestEngine.start()
  await engine.apply(declare('one', policy))
  await engine.join('web', ...nodes)
  await engine.applied('web', 1, ...nodes)
  return engine
}

function manifest(...documents: readonly { kind: string; metadata: object; spec: object }[]): string {
  return documents.map(one => JSON.stringify({ apiVersion: 'konorkestra/v1', ...one })).join('\n---\n')
}

const setOf = (path: string, greeting: string) => ({
  kind: 'ConfigSet',
  metadata: { path },
  spec: { entries: { greeting } },
})

const groupOf = (name: string, sets: readonly string[], policy = 'eventual') => ({
  kind: 'Group',
  metadata: { name },
  spec: { sets, policy },
})

function edit(engine: TestEngine, path: string, value: string, version?: number) {
  const ifMatch = version === undefined ? {} : { ifMatch: { version } }
  const change = { path, set: { greeting: value }, remove: [], ...ifMatch }
  const request = engine.request('entries')
  return engine.leader.submit(preparation => prepareEntries(preparation, request, change))
}

test('two racing If-Match writes: one wins, the other learns what moved', async t => {
  const engine = await settled('eventual', 'n1')
  const results = await Promise.allSettled([edit(engine, '/a', 'x', 1), edit(engine, '/a', 'y', 1)])
  t.deepEqual(
    results.map(({ status }) => status),
    ['fulfilled', 'rejected'],
  )
  const [, lost] = results
  t.like(lost?.status === 'rejected' ? lost.reason : undefined, {
    code: 'KONOR_ENGINE_VERSION_MOVED',
    details: { path: '/a', expected: 1, found: 2 },
  })
})

test('an abort does not queue behind the rollout that it aborts', async t => {
  const engine = await settled('eventual', 'n1')
  const rolling = await engine.apply(declare('two'))
  const queued = await engine.apply(declare('three'))
  await engine.submit(ADMIN, 'control', { group: 'web', action: 'abort' })
  await engine.applied('web', 3, 'n1')
  await engine.quiet()
  t.like(engine.job(rolling), { state: 'failed', outcomes: [{ outcome: 'aborted' }] })
  t.is(engine.job(queued).state, 'rolling.running')
})

test('a control that the state does not take is refused by naming it', async t => {
  const engine = await settled('eventual', 'n1')
  t.is(
    (await refusalOf(engine.submit(ADMIN, 'control', { group: 'web', action: 'pause' }))).code,
    'KONOR_ENGINE_NOT_POSSIBLE',
  )
  await engine.apply(declare('two'))
  const { message } = await refusalOf(engine.submit(ADMIN, 'control', { group: 'web', action: 'resume' }))
  t.is(message, `${policyRunAddress('web', 2)} is applying: resume is not possible there`)
})

test('a central that was down past a deadline neither commits blind nor fires at once', async t => {
  const before = await settled('strong', 'n1', 'n2')
  const job = await before.apply(declare('two', 'strong'))
  await before.staged('web', 2, 'n1')
  const stoodAtMs = before.kernel.position.timeMs
  await before.stop()
  const after = await TestEngine.start(before.journal)
  t.is(after.kernel.position.timeMs, stoodAtMs, 'journal time stands still while nobody leads')
  t.is(after.job(job).state, 'rolling.running')
  after.clock.advanceBy(9 * MINUTE_MS)
  await after.quiet()
  t.is(after.group('web').committed?.revision, 1)
  t.is(after.job(job).state, 'rolling.running')
  after.clock.advanceBy(2 * MINUTE_MS)
  await after.quiet()
  t.is(after.job(job).state, 'failed')
  t.regex(after.job(job).reason ?? '', /stage-timeout/)
})

test('a deadline that is overdue waits until the world could answer a new leader', async t => {
  const before = await settled('strong', 'n1', 'n2')
  const job = await before.apply(declare('two', 'strong'))
  before.clock.advanceBy(10 * MINUTE_MS - 10)
  await before.submit(ADMIN, 'barrier', {})
  await before.stop()
  const after = await TestEngine.start(before.journal)
  after.clock.advanceBy(900)
  await after.quiet()
  t.is(after.job(job).state, 'rolling.running', 'it is overdue, and held')
  await after.staged('web', 2, 'n1', 'n2')
  t.is(after.group('web').committed?.revision, 2)
})

test('a value that was rolled back does not return with the next unrelated edit', async t => {
  const engine = await TestEngine.start()
  await engine.apply(manifest(setOf('/a', 'one'), setOf('/b', 'one'), groupOf('web', ['/a', '/b'])))
  await engine.join('web', 'n1')
  await engine.applied('web', 1, 'n1')
  await edit(engine, '/a', 'poison')
  await engine.rejected('web', 2, 'n1')
  await engine.applied('web', 3, 'n1')
  t.is(engine.group('web').committed?.pins['/a']?.version, 1)
  await edit(engine, '/b', 'harmless')
  await engine.applied('web', 4, 'n1')
  t.like(engine.group('web').committed, { revision: 4, pins: { '/a': { version: 1 }, '/b': { version: 2 } } })
  await engine.retry('web')
  await engine.applied('web', 5, 'n1')
  t.is(engine.group('web').committed?.pins['/a']?.version, 2, 'until somebody retries')
})

test('a freeze holds every new stage, of queued jobs too, and lets a rollback pass', async t => {
  const engine = await settled('eventual', 'n1')
  await engine.apply(declare('two'))
  await engine.applied('web', 2, 'n1')
  const rolling = await engine.apply(declare('three'))
  const queued = await engine.apply(declare('four'))
  await engine.submit(ADMIN, 'freeze', {})
  await engine.applied('web', 3, 'n1')
  await engine.quiet()
  t.is(engine.job(rolling).state, 'succeeded')
  t.like(engine.job(queued), { state: 'admitting', reason: 'the cluster is frozen' })
  const undo = await engine.rollback('web')
  await engine.applied('web', 4, 'n1')
  t.is(engine.job(undo).state, 'succeeded')
  t.is(engine.group('web').committed?.restores, 2)
  await engine.submit(ADMIN, 'thaw', {})
  await engine.quiet()
  t.is(engine.job(queued).state, 'rolling.running')
  await engine.applied('web', 5, 'n1')
  t.is(engine.job(queued).state, 'succeeded')
})

test('a job that was cancelled at the gate or in the queue leaves nothing behind', async t => {
  const engine = await settled('eventual', 'n1')
  await engine.submit(ADMIN, 'freeze', {})
  const [first, second] = [await engine.apply(declare('two')), await engine.apply(declare('three'))]
  await engine.quiet()
  for (const job of [second, first]) await engine.submit(ADMIN, 'cancel', { job, mode: 'stop-after-current' })
  await engine.submit(ADMIN, 'thaw', {})
  t.is(engine.stateOf(lockAddress('group/web')), 'free')
  t.is(engine.stateOf(groupAddress('web')), 'steady')
})

test('queued jobs that would try the same content share its outcome', async t => {
  const engine = await settled('eventual', 'n1')
  await engine.apply(declare('two'))
  const third = await engine.apply(declare('three'))
  const fourth = await engine.apply(declare('four'))
  await engine.applied('web', 2, 'n1')
  await engine.quiet()
  await engine.rejected('web', 3, 'n1')
  await engine.applied('web', 4, 'n1')
  await engine.quiet()
  t.is(engine.job(third).state, 'failed')
  t.like(engine.job(fourth), {
    state: 'failed',
    supersededBy: third,
    outcomes: [{ outcome: 'rolled-back', reason: `shared with ${third}` }],
  })
  t.is(engine.group('web').lastRevision, 4, 'the poison was tried once')
})

test('with onFailure rollback-all a failing group takes its siblings back', async t => {
  const engine = await TestEngine.start()
  const both = (value: string) => manifest(setOf('/a', value), groupOf('web', ['/a']), groupOf('api', ['/a']))
  await engine.apply(both('one'))
  await engine.join('web', 'n1')
  await engine.join('api', 'n2')
  await engine.applied('web', 1, 'n1')
  await engine.applied('api', 1, 'n2')
  const job = await engine.apply(both('two'), { onFailure: 'rollback-all' })
  await engine.applied('web', 2, 'n1')
  t.is(engine.group('web').committed?.revision, 2)
  await engine.rejected('api', 2, 'n2')
  await engine.applied('api', 3, 'n2')
  t.like(engine.group('web').committed, { revision: 3, restores: 1 })
  await engine.applied('web', 3, 'n1')
  t.is(engine.job(job).state, 'failed')
  t.deepEqual(
    engine
      .job(job)
      .outcomes.map(({ group, outcome }) => `${group} ${outcome}`)
      .sort(),
    ['api rolled-back', 'web rolled-back'],
  )
})

test('a job over several groups fails with an outcome per group, and the good ones stay committed', async t => {
  const engine = await TestEngine.start()
  for (const group of ['web', 'api']) await engine.apply(declare('one', 'eventual', '/a', group))
  await engine.join('web', 'n1')
  await engine.join('api', 'n2')
  const { body } = await edit(engine, '/a', 'two')
  const { job } = body as { job: string }
  await engine.applied('web', 2, 'n1')
  await engine.rejected('api', 2, 'n2')
  await engine.applied('api', 3, 'n2')
  t.is(engine.job(job).state, 'failed')
  t.deepEqual(
    engine
      .job(job)
      .outcomes.map(({ group, outcome }) => `${group} ${outcome}`)
      .sort(),
    ['api rolled-back', 'web committed'],
  )
  t.is(engine.group('web').committed?.revision, 2)
})

test('a plan that moved since it was agreed is refused', async t => {
  const engine = await settled('eventual', 'n1')
  const agreed = digestOf('another plan')
  t.is(
    (await refusalOf(engine.apply(declare('two'), { planDigest: agreed }))).code,
    'KONOR_ENGINE_PLAN_MOVED',
  )
  t.is(engine.group('web').candidate, null)
})

test('a token: the same key again is fine, another past its uses is not, nor any after it was revoked', async t => {
  const engine = await settled('eventual', 'n1')
  const token = {
    id: 'once',
    group: 'web',
    uses: 1,
    expiresAtMs: engine.clock.wallMs() + 1_000,
    secretDigest: digestOf('s'),
    idempotency: null,
  }
  await engine.submit(ADMIN, 'create-token', token)
  const redeem = (name: string, secretDigest = token.secretDigest) =>
    engine.submit(NODE, 'redeem', { token: 'once', secretDigest, key: digestOf(name), name })
  t.is((await refusalOf(redeem('n2', digestOf('guess')))).code, 'KONOR_ENGINE_TOKEN_REFUSED')
  const first = await redeem('n2')
  engine.clock.advanceBy(2_000)
  t.deepEqual((await redeem('n2')).body, first.body, 'also when it is used up and expired')
  t.is(engine.group('web').nodes, 2)
  t.is((await refusalOf(redeem('n3'))).code, 'KONOR_ENGINE_TOKEN_REFUSED')
  await engine.submit(ADMIN, 'revoke-token', { id: 'once' })
  t.is((await refusalOf(redeem('n2'))).code, 'KONOR_ENGINE_TOKEN_REFUSED')
})

test('a name that another key holds is taken', async t => {
  const engine = await settled('eventual', 'n1')
  const token = {
    id: 'two',
    group: 'web',
    uses: 5,
    expiresAtMs: engine.clock.wallMs() + 1_000,
    secretDigest: digestOf('s'),
    idempotency: null,
  }
  await engine.submit(ADMIN, 'create-token', token)
  const taken = await refusalOf(
    engine.submit(NODE, 'redeem', {
      token: 'two',
      secretDigest: token.secretDigest,
      key: digestOf('another'),
      name: 'n1',
    }),
  )
  t.is(taken.code, 'KONOR_ENGINE_NAME_TAKEN')
})

test('an idempotency key: the same request is answered as before, another one is refused', async t => {
  const engine = await settled('eventual', 'n1')
  const caller = { ...ADMIN, idempotencyKey: 'k', requestDigest: digestOf('two') }
  const job = await engine.apply(declare('two'), {}, caller)
  t.is(await engine.apply(declare('two'), {}, caller), job)
  t.is(engine.group('web').lastRevision, 2)
  const other = { ...caller, requestDigest: digestOf('three') }
  t.is((await refusalOf(engine.apply(declare('three'), {}, other))).code, 'KONOR_ENGINE_IDEMPOTENCY_REUSED')
})

test('an agent that is ahead of a restored backup makes its group jump above it', async t => {
  const engine = await settled('eventual', 'n1', 'n2')
  await engine.report('n1', 'web', { revision: 8, phase: 'staged' }, 7)
  t.like(engine.group('web').committed, { revision: 9, restores: 1 })
  await engine.applied('web', 9, 'n1', 'n2')
  t.is(engine.stateOf(groupAddress('web')), 'steady')
})

test('an agent found ahead while a strong candidate is staged overtakes it', async t => {
  const engine = await settled('strong', 'n1', 'n2')
  const job = await engine.apply(declare('two', 'strong'))
  await engine.staged('web', 2, 'n2')
  await engine.report('n1', 'web', null, 7)
  t.like(engine.group('web').committed, { revision: 8, restores: 1 })
  await engine.applied('web', 8, 'n1', 'n2')
  t.is(engine.job(job).state, 'failed')
})

test('a policy that a group uses is not deleted', async t => {
  const engine = await settled('eventual', 'n1')
  const policy = {
    kind: 'Policy',
    metadata: { name: 'mine' },
    spec: { uses: 'eventual', with: { quorum: 1 } },
  }
  await engine.apply(manifest(policy, setOf('/a', 'two'), groupOf('web', ['/a'], 'mine')))
  const job = plainJob(engine.request('policy.delete'), 'apply', [], [])
  const refused = await refusalOf(engine.submit(ADMIN, 'delete-policy', { job, policy: 'mine' }))
  t.like(refused, { code: 'KONOR_ENGINE_IN_USE', details: { groups: ['web'] } })
})

test('a deleted set reaches its groups as a revision without its keys', async t => {
  const engine = await settled('eventual', 'n1')
  const before = engine.group('web').committed
  const request = engine.request('configset.delete')
  await engine.leader.submit(preparation => prepareDeleteSet(preparation, request, '/a', 1))
  await engine.applied('web', 2, 'n1')
  const after = engine.group('web').committed
  t.is(after?.revision, 2)
  t.not(after?.digest, before?.digest)
  t.is(after?.sizeBytes, 1, 'the empty map')
})

test('a node can join a group again that was deleted and made anew', async t => {
  const engine = await settled('eventual', 'n1')
  const job = plainJob(engine.request('group.delete'), 'delete-group', ['web'], ['group/web'])
  await engine.submit(ADMIN, 'delete-group', { job, group: 'web' })
  await engine.quiet()
  t.is(engine.job(job.id).state, 'succeeded')
  t.is(engine.stateOf(groupAddress('web')), 'deleted')
  const { lastRevision } = engine.group('web')
  await engine.apply(declare('anew'))
  t.is(engine.group('web').committed?.revision, lastRevision + 1, 'a number is never used again')
  await engine.join('web', 'n1', 'n2')
  t.is(engine.group('web').nodes, 2)
})

test('a job plans only for the groups whose locks it holds', async t => {
  const engine = await settled('eventual', 'n1')
  await engine.apply(declare('one', 'strong', '/b', 'db'))
  await engine.join('db', 'n2')
  await engine.apply(declare('two'))
  const edited = ((await edit(engine, '/a', 'three')).body as { job: string }).job
  // Meanwhile another job lets db layer the path that the waiting one touched, and rolls there.
  const relayered = await engine.apply(declare('four', 'strong', '/a', 'db'))
  await engine.applied('web', 2, 'n1')
  await engine.quiet()
  await engine.applied('web', 3, 'n1')
  await engine.quiet()
  t.is(engine.job(edited).state, 'succeeded')
  t.not(engine.job(relayered).state, 'failed')
  t.is(contextOf<LockContext>(engine.record(lockAddress('group/db'))).holder, relayered)
})
