import test from 'ava'
import { groupAddress } from '../../actors/vocabulary/addresses.ts'
import { encodeState } from '../kernel/state-codec.ts'
import { declare, TestEngine } from './engine.test.kit.ts'
import { openKernel } from './open-kernel.ts'

test('eventual commits when a quorum of live nodes applied, and every replica folds to the same bytes', async t => {
  const engine = await TestEngine.start()
  const first = await engine.apply(declare('one'))
  t.is(engine.job(first).state, 'succeeded', 'a group without nodes commits at once')
  await engine.join('web', 'n1', 'n2', 'n3')
  await engine.applied('web', 1, 'n1', 'n2', 'n3')
  const job = await engine.apply(declare('two'))
  t.is(engine.job(job).state, 'rolling.running')
  t.is(engine.group('web').candidate?.revision, 2)
  await engine.applied('web', 2, 'n1')
  t.is(engine.group('web').committed?.revision, 1)
  await engine.applied('web', 2, 'n2')
  t.is(engine.group('web').committed?.revision, 2)
  t.is(engine.job(job).state, 'succeeded')
  t.deepEqual(engine.job(job).outcomes, [{ group: 'web', revision: 2, outcome: 'committed', reason: null }])
  await engine.applied('web', 2, 'n3')
  await engine.stop()
  const { kernel } = await openKernel(engine.journal)
  t.deepEqual(encodeState(kernel.state), encodeState(engine.kernel.state))
})

test('a group may name a policy that an earlier job declared', async t => {
  const engine = await TestEngine.start()
  const header = 'apiVersion: konorkestra/v1\nkind: '
  await engine.apply(
    `${header}Policy\nmetadata: { name: careful }\nspec: { uses: eventual, with: { floor: 1 } }`,
  )
  await engine.apply(`${header}ConfigSet\nmetadata: { path: /a }\nspec: { entries: { key: one } }`)
  const spec = 'spec: { sets: [/a], policy: careful }'
  const job = await engine.apply(`${header}Group\nmetadata: { name: web }\n${spec}`)
  t.is(engine.job(job).state, 'succeeded')
  t.is(engine.group('web').policy, 'careful')
})

test('a rejected eventual change goes back as a new revision and stays held', async t => {
  const engine = await TestEngine.start()
  await engine.apply(declare('one'))
  await engine.join('web', 'n1', 'n2', 'n3')
  await engine.applied('web', 1, 'n1', 'n2', 'n3')
  const job = await engine.apply(declare('poison'))
  await engine.rejected('web', 2, 'n1', 'n2')
  t.is(engine.group('web').committed?.revision, 3)
  t.is(engine.group('web').committed?.restores, 1)
  await engine.applied('web', 3, 'n1', 'n2', 'n3')
  t.is(engine.stateOf(groupAddress('web')), 'steady')
  const ended = engine.job(job)
  t.is(ended.state, 'failed')
  t.is(ended.outcomes[0]?.outcome, 'rolled-back')
  t.is(engine.group('web').committed?.pins['/a']?.version, 1, 'the poison stays behind its head')
})

test('strong commits only what every subscribed node staged; an offline node blocks until the deadline', async t => {
  const engine = await TestEngine.start()
  await engine.apply(declare('one', 'strong'))
  await engine.join('web', 'n1', 'n2')
  await engine.applied('web', 1, 'n1', 'n2')
  await engine.liveness('offline', 'n2')
  const job = await engine.apply(declare('two', 'strong'))
  await engine.staged('web', 2, 'n1')
  t.is(engine.group('web').committed?.revision, 1)
  engine.clock.advanceBy(11 * 60_000)
  await engine.leader.submit(() => ({ input: { route: 'barrier', by: 'a', scopes: ['admin'], body: {} } }))
  await engine.leader.submit(() => ({ input: { route: 'barrier', by: 'a', scopes: ['admin'], body: {} } }))
  t.is(engine.job(job).state, 'failed')
  t.regex(engine.job(job).reason ?? '', /stage-timeout/)
  t.is(engine.group('web').committed?.revision, 1, 'nobody had it active: nothing to put back')
  const again = await engine.apply(declare('three', 'strong'))
  await engine.liveness('alive', 'n2')
  await engine.staged('web', 3, 'n1', 'n2')
  t.is(engine.group('web').committed?.revision, 3)
  await engine.applied('web', 3, 'n1', 'n2')
  t.is(engine.job(again).state, 'succeeded')
})

test('jobs on one group wait for each other and a rollback does not', async t => {
  const engine = await TestEngine.start()
  await engine.apply(declare('one'))
  await engine.join('web', 'n1')
  await engine.applied('web', 1, 'n1')
  const second = await engine.apply(declare('two'))
  const third = await engine.apply(declare('three'))
  t.is(engine.job(third).state, 'locking')
  const undo = await engine.rollback('web')
  t.is(engine.job(second).state, 'rolling.running', 'until the restored content has settled')
  t.is(engine.group('web').committed?.revision, 3)
  await engine.applied('web', 3, 'n1')
  t.is(engine.job(undo).state, 'succeeded')
  t.is(engine.job(second).state, 'failed')
})
