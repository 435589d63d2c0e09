import test from 'ava'
import type { AlertContext, Delivery } from '../../actors/alert/chart.ts'
import { alertAddress } from '../../actors/vocabulary/addresses.ts'
import type { CborValue } from '../../actors/vocabulary/canonical/cbor-value.ts'
import { contextOf, valueOf } from '../kernel/actor-record.ts'
import { createChartRegistry } from '../kernel/chart-registry.ts'
import { Kernel } from '../kernel/kernel.ts'
import { decodeOutputs } from '../kernel/record-codec.ts'
import { encodeState } from '../kernel/state-codec.ts'
import { MemoryJournal } from '../journal/memory-journal.ts'
import { noFaults } from '../ports/fault-points.ts'
import { silentLogger } from '../ports/logger.ts'
import { SeededRandom } from '../ports/seeded-random.ts'
import { VirtualClock } from '../ports/virtual-clock.ts'
import { charts } from './charts.ts'
import { createLeader } from './create-leader.ts'
import { openKernel } from './open-kernel.ts'
import { DELIVERIES_WAITING_MAX } from './routes/alerts.ts'
import { routes } from './routes/routes.ts'

const SUBJECT = 'node/n1'
const ADDRESS = alertAddress('flapping', SUBJECT)

/** A leader with nobody to run its effects: what is owed stays to be looked at. */
async function lead(journal = new MemoryJournal()) {
  const { kernel } = await openKernel(journal)
  const leader = createLeader({
    kernel,
    journal,
    clock: new VirtualClock(),
    random: new SeededRandom('alerts'),
    logger: silentLogger,
    faults: noFaults,
    timeline: kernel.position.timeline,
    epoch: kernel.position.epoch + 1,
    holdDeadlinesMs: 0,
    onDeposed(cause) {
      throw cause
    },
  })
  const system = { by: 'system', scopes: ['system'] }
  const submit = (route: string, body: object) =>
    leader.submitFact({ route, ...system, body: body as CborValue })
  await submit('claim', {})
  return {
    kernel,
    leader,
    journal,
    raise: (targets: readonly string[], subject = SUBJECT) =>
      submit('alert', {
        change: 'raise',
        kind: 'flapping',
        subject,
        severity: 'warning',
        summary: 'it comes and goes',
        evidence: { changes: 6 },
        targets,
      }),
    clear: (targets: readonly string[]) =>
      submit('alert', { change: 'clear', kind: 'flapping', subject: SUBJECT, reason: 'calm', targets }),
    settle: (key: string, event: object) => submit('effect', { key, event }),
    owed: () => [...leader.view.effects().values()],
    state: () => valueOf(leader.view.get(ADDRESS) ?? missing()),
    context: () => contextOf<AlertContext>(leader.view.get(ADDRESS) ?? missing()),
    async told() {
      const types: string[] = []
      for await (const { outputs } of journal.read(1))
        types.push(
          ...decodeOutputs(outputs)
            .map(({ type }) => type)
            .filter(type => type !== 'leader.claimed'),
        )
      return types
    },
  }
}

function missing(): never {
  throw new Error('there is no alert')
}

test('what is said twice is raised once, and owed to each webhook once', async t => {
  const engine = await lead()
  await Promise.all([engine.raise(['a', 'b']), engine.raise(['a', 'b'])])
  t.deepEqual(await engine.told(), ['audit', 'alert.raised'])
  t.deepEqual(
    engine.owed().map(({ data }) => (data as unknown as Delivery).target),
    ['a', 'b'],
  )
  t.is(engine.state(), 'raised')
})

test('an alert that is over ends when everybody was told, or nobody can be', async t => {
  const engine = await lead()
  await engine.raise(['a'])
  await engine.clear(['a'])
  t.is(engine.state(), 'clearing')
  const [raised, cleared] = engine.owed().map(({ key }) => key)
  await engine.settle(raised ?? '', { type: 'DELIVERED' })
  t.is(engine.state(), 'clearing')
  await engine.settle(cleared ?? '', { type: 'UNDELIVERED', reason: 'away' })
  t.is(engine.state(), 'cleared')
  t.like(engine.context(), { delivered: 1, undelivered: 1, pending: [], reason: 'calm' })
  t.deepEqual(await engine.told(), ['audit', 'alert.raised', 'audit', 'alert.cleared', 'alert.undelivered'])
})

test('what comes back before everybody was told is the same alert; afterwards it is another', async t => {
  const engine = await lead()
  await engine.raise(['a'])
  await engine.clear(['a'])
  await engine.raise(['a'])
  t.is(engine.state(), 'raised')
  t.is(new Set(engine.owed().map(({ key }) => key)).size, 3)
  const first = engine.context().raisedSeq
  for (const { key } of engine.owed()) await engine.settle(key, { type: 'DELIVERED' })
  await engine.clear([])
  t.is(engine.state(), 'cleared')
  await engine.raise([])
  t.true(engine.context().raisedSeq > first)
  t.is(engine.leader.view.ended('alert').length, 0)
})

test('past the bound of deliveries alerts are raised all the same, and say that nobody is told', async t => {
  const engine = await lead()
  const targets = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']
  const alerts = DELIVERIES_WAITING_MAX / targets.length
  const raised = Array.from({ length: alerts + 1 }, (_, index) => engine.raise(targets, `node/m${index}`))
  await Promise.all(raised)
  t.is(engine.owed().length, DELIVERIES_WAITING_MAX)
  t.is((await engine.told()).filter(type => type === 'alert.undelivered').length, targets.length)
})

test('nobody but the leader raises one; replay gives the same bytes, with what is owed', async t => {
  const engine = await lead()
  const body = { change: 'raise', kind: 'flapping', subject: SUBJECT, targets: [] }
  await t.throwsAsync(engine.leader.submitFact({ route: 'alert', by: 'key/x', scopes: ['admin'], body }), {
    code: 'KONOR_ENGINE_DENIED',
  })
  await engine.raise(['a'])
  await engine.clear(['a', 'b'])
  const again = new Kernel(createChartRegistry(charts), routes)
  for await (const record of engine.journal.read(1)) again.replay(record)
  t.deepEqual(encodeState(again.state), encodeState(engine.kernel.state))
  t.is(again.state.effectCount(), 3)
})
