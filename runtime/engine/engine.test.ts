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

test('a failed job says who refused and why', async t => {
  const engine = await TestEngine.start()
  await engine.apply(declare('one'))
  await engine.join('web', 'n1')
  await engine.applied('web', 1, 'n1')
  const job = await engine.apply(declare('poison'))
  await engine.rejected('web', 2, 'n1')
  await engine.applied('web', 3, 'n1')
  t.is(engine.job(job).reason, 'web rolled-back (rejected: n1: bad)')
})

test('declaring again what is declared already lets go of nothing that is held', async t => {
  const engine = await TestEngine.start()
  await engine.apply(declare('one'))
  await engine.join('web', 'n1')
  await engine.applied('web', 1, 'n1')
  await engine.apply(declare('poison'))
  await engine.rejected('web', 2, 'n1')
  await engine.applied('web', 3, 'n1')
  const again = await engine.apply(declare('poison'))
  t.is(engine.job(again).state, 'succeeded')
  t.is(engine.group('web').committed?.revision, 3, 'a pipeline that repeats itself brings no poison back')
  await engine.retry('web')
  t.is(engine.group('web').candidate?.revision, 4, 'a person who asks for it does')
})

test('an undo never goes to a revision that was itself undone', async t => {
  const engine = await TestEngine.start()
  for (const value of ['one', 'two']) await engine.apply(declare(value, 'strong'))
  await engine.join('web', 'n1')
  await engine.applied('web', 2, 'n1')
  await engine.apply(declare('bad', 'strong'))
  await engine.staged('web', 3, 'n1')
  t.is(engine.group('web').committed?.revision, 3, 'committed, and activating')
  await engine.rollback('web')
  t.is(engine.group('web').committed?.restores, 2)
  await engine.applied('web', 4, 'n1')
  t.is(engine.group('web').previous?.revision, 1)
})

test('one set that hundreds of groups layer is one job, and all of them are put back together', async t => {
  const engine = await TestEngine.start()
  const groups = Array.from({ length: 300 }, (_, index) => `g${index}`)
  const header = 'apiVersion: konorkestra/v1\nkind: '
  const set = (value: string) =>
    `${header}ConfigSet\nmetadata: { path: /shared }\nspec: { entries: { key: ${value} } }`
  const layering = groups.map(
    name => `${header}Group\nmetadata: { name: ${name} }\nspec: { sets: [/shared], policy: eventual }`,
  )
  const first = await engine.apply([set('one'), ...layering].join('\n---\n'))
  t.is(engine.job(first).state, 'succeeded')
  for (const group of groups) await engine.join(group, `${group}-node`)
  for (const group of groups) await engine.applied(group, 1, `${group}-node`)
  const second = await engine.apply(set('two'), { onFailure: 'rollback-all' })
  for (const group of groups.slice(1)) await engine.applied(group, 2, `${group}-node`)
  await engine.rejected('g0', 2, 'g0-node')
  for (const group of groups) await engine.applied(group, 3, `${group}-node`)
  t.is(engine.job(second).state, 'failed')
  t.is(engine.group('g7').committed?.restores, 1)
  t.is(engine.group('g0').committed?.restores, 1)
})

test('all or nothing takes back a group that settles in the very record in which another fails', async t => {
  const engine = await TestEngine.start()
  const header = 'apiVersion: konorkestra/v1\nkind: '
  const documentsOf = (value: string) =>
    ['web', 'ledger']
      .flatMap(name => [
        `${header}ConfigSet\nmetadata: { path: /${name} }\nspec: { entries: { key: ${value} } }`,
        `${header}Group\nmetadata: { name: ${name} }\nspec: { sets: [/${name}], policy: eventual }`,
      ])
      .join('\n---\n')
  await engine.apply(documentsOf('one'))
  for (const group of ['web', 'ledger']) await engine.join(group, `n-${group}`)
  await engine.join('web', 'n1')
  await engine.join('ledger', 'n1')
  for (const group of ['web', 'ledger']) await engine.applied(group, 1, `n-${group}`, 'n1')
  const job = await engine.apply(documentsOf('two'), { onFailure: 'rollback-all' })
  await engine.applied('web', 2, 'n-web')
  await engine.rejected('ledger', 2, 'n-ledger', 'n1')
  await engine.applied('ledger', 3, 'n-ledger')
  t.is(engine.job(job).state, 'rolling.running')
  await engine.appliedTogether('n1', ['ledger', 3], ['web', 2])
  t.is(engine.group('web').committed?.restores, 1)
  await engine.applied('web', 3, 'n-web', 'n1')
  t.is(engine.job(job).state, 'failed')
  t.deepEqual(
    engine.job(job).outcomes.map(({ group, outcome }) => [group, outcome]),
    [
      ['ledger', 'rolled-back'],
      ['web', 'rolled-back'],
    ],
  )
})
