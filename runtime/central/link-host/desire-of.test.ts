import test from 'ava'
import * as fc from 'fast-check'
import type { GroupContext } from '../../../actors/group/context.ts'
import { groupAddress } from '../../../actors/vocabulary/addresses.ts'
import type { Desire } from '../../../actors/vocabulary/desire.ts'
import { contextOf } from '../../kernel/actor-record.ts'
import { ADMIN, declare, TestEngine } from '../../engine/engine.test.kit.ts'
import { desireOf, groupsOf, type Told } from './desire-of.ts'

function wanted(engine: TestEngine, node: string, told: Told | null = null): Desire {
  return desireOf(engine.leader.view, engine.leader.position, 'web', node, told)
}

async function engineWith(policy: string, ...nodes: readonly string[]): Promise<TestEngine> {
  const engine = await TestEngine.start()
  await engine.apply(declare('one', policy))
  await engine.join('web', ...nodes)
  await engine.applied('web', 1, ...nodes)
  return engine
}

const control = (engine: TestEngine, action: string) =>
  engine.submit(ADMIN, 'control', { group: 'web', action })

test('a node that is not of the group, or whose group is gone, is to forget it', async t => {
  const engine = await engineWith('eventual', 'a', 'b')
  t.true(wanted(engine, 'c').removed)
  t.like(wanted(engine, 'a'), { removed: false, candidate: null })
  t.deepEqual(groupsOf(engine.leader.view, 'a'), ['web'])
  t.deepEqual(groupsOf(engine.leader.view, 'c'), [])
  await engine.submit(ADMIN, 'remove-node', { node: 'b', idempotency: null })
  t.true(wanted(engine, 'b').removed)
  t.deepEqual(groupsOf(engine.leader.view, 'b'), [])
  t.true(desireOf(engine.leader.view, engine.leader.position, 'no-such', 'a').removed)
  await engine.stop()
})

test('strong: staged by all, committed by the state, activated as what is committed', async t => {
  const engine = await engineWith('strong', 'a', 'b')
  await engine.apply(declare('two', 'strong'))
  t.like(wanted(engine, 'a').candidate, { revision: 2, activate: false, prepareTimeoutMs: 30_000 })
  await engine.staged('web', 2, 'a')
  t.is(wanted(engine, 'b').committed?.revision, 1)
  await engine.staged('web', 2, 'b')
  t.is(wanted(engine, 'a').committed?.revision, 2)
  t.is(wanted(engine, 'a').candidate, null)
  await engine.stop()
})

test('paused: who runs the candidate keeps it, who staged it waits, who did not begin is not offered it', async t => {
  const engine = await engineWith('eventual', 'a', 'b', 'c', 'd')
  await engine.apply(declare('two'))
  const offered = wanted(engine, 'c').candidate
  if (offered === null) return t.fail()
  t.true(offered.activate)
  await engine.report('a', 'web', { revision: 2, phase: 'activated' }, 2)
  await engine.report('b', 'web', { revision: 2, phase: 'staged' }, 1)
  await engine.report('d', 'web', { revision: 2, phase: 'staging' }, 1)
  await control(engine, 'pause')
  t.is(wanted(engine, 'a').candidate?.activate, true)
  t.is(wanted(engine, 'b').candidate?.activate, false)
  t.is(wanted(engine, 'c').candidate, null)
  t.is(wanted(engine, 'd').candidate, null)
  t.is(
    wanted(engine, 'c', { candidate: offered, whileHeld: false }).candidate?.activate,
    true,
    'it was told on this link: it may run it by now',
  )
  const staging = { candidate: { ...offered, activate: false }, whileHeld: false }
  t.is(wanted(engine, 'd', staging).candidate, null)
  t.is(
    wanted(engine, 'd', { ...staging, whileHeld: true }).candidate?.revision,
    2,
    'it had begun by its own word',
  )
  await control(engine, 'resume')
  t.is(wanted(engine, 'c').candidate?.activate, true)
  await engine.stop()
})

test('frozen: nobody begins, whoever began goes on', async t => {
  const engine = await engineWith('eventual', 'a', 'b', 'c')
  await engine.apply(declare('two'))
  await engine.report('a', 'web', { revision: 2, phase: 'staged' }, 1)
  await engine.submit(ADMIN, 'freeze', { reason: null, idempotency: null })
  t.is(wanted(engine, 'a').candidate?.activate, true)
  t.is(wanted(engine, 'b').candidate, null)
  await engine.submit(ADMIN, 'thaw', { idempotency: null })
  t.is(wanted(engine, 'b').candidate?.revision, 2)
  await engine.stop()
})

test('a draining node goes on with what it has, unless that was undone', async t => {
  const engine = await engineWith('eventual', 'a', 'b', 'c')
  await engine.submit(ADMIN, 'drain-node', { node: 'c', idempotency: null })
  await engine.apply(declare('two'))
  t.like(wanted(engine, 'c'), { candidate: null, removed: false })
  await engine.applied('web', 2, 'a', 'b')
  t.is(wanted(engine, 'a').committed?.revision, 2)
  t.is(wanted(engine, 'c').committed?.revision, 1)
  await engine.apply(declare('three'))
  await engine.report('b', 'web', { revision: 3, phase: 'activated' }, 3)
  await engine.submit(ADMIN, 'drain-node', { node: 'b', idempotency: null })
  t.like(wanted(engine, 'b').candidate, { revision: 3, activate: true })
  await control(engine, 'abort')
  t.is(engine.group('web').committed?.restores, 2)
  t.is(wanted(engine, 'b').committed?.revision, 4, 'the way back is for everybody who went')
  t.is(wanted(engine, 'c').committed?.revision, 1)
  await engine.stop()
})

test('a retry rises and the order is that of the leader', async t => {
  const engine = await engineWith('eventual', 'a')
  const before = wanted(engine, 'a')
  await engine.retry('web')
  t.is(wanted(engine, 'a').retry, before.retry + 1)
  t.is(before.epoch, engine.leader.position.epoch)
  await engine.stop()
})

const NODES = ['a', 'b', 'c'] as const
const nodes = fc.constantFrom(...NODES)
const action = fc.oneof(
  fc.record({ do: fc.constant('apply'), value: fc.string({ maxLength: 3 }) }),
  fc.record({ do: fc.constantFrom('pause', 'resume', 'abort', 'freeze', 'thaw', 'rollback', 'retry') }),
  fc.record({
    do: fc.constant('report'),
    node: nodes,
    phase: fc.constantFrom('staged', 'activated', 'applied', 'rejected'),
  }),
)

test('whatever happens, what a node is told on one link never takes back what it may run by now', async t => {
  await t.notThrowsAsync(
    fc.assert(
      fc.asyncProperty(
        fc.constantFrom('eventual', 'strong'),
        fc.array(action, { minLength: 4, maxLength: 25 }),
        async (policy, actions) => {
          const engine = await engineWith(policy, ...NODES)
          const told = new Map<string, Desire>()
          for (const one of actions) {
            await act(engine, policy, one as Action, told)
            for (const node of NODES) {
              const before = told.get(node)
              const candidate = before?.candidate ?? null
              const now = wanted(engine, node, candidate && { candidate, whileHeld: false })
              if (before !== undefined) holds(engine, before, now)
              told.set(node, now)
            }
          }
          await engine.stop()
        },
      ),
      { numRuns: 60 },
    ),
  )
})

type Action = {
  readonly do: string
  readonly value?: string
  readonly node?: string
  readonly phase?: string
}

async function act(engine: TestEngine, policy: string, one: Action, told: ReadonlyMap<string, Desire>) {
  const { node = 'a' } = one
  const desire = told.get(node)
  const revision = desire?.candidate?.revision ?? desire?.committed?.revision ?? 1
  const active = one.phase === 'staged' ? null : revision
  const acts: Readonly<Record<string, () => Promise<unknown>>> = {
    apply: () => engine.apply(declare(JSON.stringify(one.value).slice(1, -1), policy)),
    rollback: () => engine.rollback('web'),
    retry: () => engine.retry('web'),
    freeze: () => engine.submit(ADMIN, 'freeze', { reason: null, idempotency: null }),
    thaw: () => engine.submit(ADMIN, 'thaw', { idempotency: null }),
    report: () => engine.report(node, 'web', { revision, phase: one.phase as 'staged' }, active),
  }
  // What is not possible in the present state is refused, and changes nothing.
  await (acts[one.do] ?? (() => control(engine, one.do)))().catch(() => undefined)
}

function holds(engine: TestEngine, before: Desire, now: Desire): void {
  const record = engine.leader.view.get(groupAddress('web'))
  const { candidate } = record === undefined ? { candidate: null } : contextOf<GroupContext>(record)
  const fail = (law: string): never => {
    throw new Error(`${law}: ${JSON.stringify({ before, now })}`)
  }
  if ((now.committed?.revision ?? 0) < (before.committed?.revision ?? 0)) fail('committed went back')
  if (now.retry < before.retry) fail('retry went back')
  if (now.candidate !== null && now.candidate.revision <= (now.committed?.revision ?? 0))
    fail('a candidate is not newer than what is committed')
  if (before.candidate?.activate !== true || before.candidate.revision !== candidate?.revision) return
  if (now.candidate?.revision !== candidate.revision || !now.candidate.activate)
    fail('an activation was taken back')
}
