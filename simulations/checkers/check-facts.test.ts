import test from 'ava'
import type { AgentEntry } from './agents/agent-history.ts'
import type { Reaction } from '../cluster/simulated-process.ts'
import { checkFacts } from './check-facts.ts'
import { checkLoad } from './check-load.ts'
import { evidenceOf, wireOf } from './evidence.test.kit.ts'

const reaction: Reaction = {
  atMs: 10,
  node: 'n1',
  process: 'a',
  life: 1,
  group: 'web',
  activation: 3,
  behaviour: 'reject',
  doneAtMs: 10,
  program: { name: 'n1/a', machine: 'n1', fromMs: 0, toMs: undefined, end: undefined, stands: [] },
  endedAtMs: Infinity,
}
const report = (phase: string, activation = 3) =>
  wireOf(20, 'sent', ['n1', 'central'], {
    t: 'report',
    groups: [{ group: 'web', activation, progress: { revision: 2, phase } }],
  })
const judge = (one: Partial<Reaction>, said = report('applied')) =>
  checkFacts(evidenceOf({ wire: [said], reactions: [{ ...reaction, ...one }] })).length

test('a node may call applied what its processes took, or what those that did not take it left with', t => {
  t.is(judge({ behaviour: 'accept' }), 0)
  t.is(judge({ endedAtMs: 15 }), 0)
  t.is(judge({}, report('rejected')), 0)
  t.is(judge({}, report('applied', 4)), 0)
})

test('who comes when the activation is settled changes nothing of it', t => {
  const late = { ...reaction, atMs: 25 }
  const wire = [report('applied'), { ...report('applied'), atMs: 30 }]
  t.deepEqual(checkFacts(evidenceOf({ wire, reactions: [late] })), [])
})

test('who is told on coming that nobody waits for its word changes nothing, unless it was asked before', t => {
  const said = (body: object, client = reaction.program): AgentEntry =>
    ({ kind: 'said', atMs: 9, localMs: 9, agent: {}, connection: 1, client, body }) as unknown as AgentEntry
  const hello = (owesAck: boolean) => said({ id: 1, ok: true, groups: { web: { activation: 3, owesAck } } })
  const facts = (...agents: readonly AgentEntry[]): number =>
    checkFacts(evidenceOf({ wire: [report('applied')], reactions: [reaction], agents })).length
  t.is(facts(hello(false)), 0)
  t.is(facts(hello(true)), 1)
  t.is(facts(said({ event: 'change', group: 'web', activation: 3, owesAck: true }), hello(false)), 1)
  t.is(facts(said({ id: 1, groups: { web: { activation: 2, owesAck: false } } })), 1)
  t.is(
    facts(
      said({ id: 1, groups: { web: { activation: 3, owesAck: false } } }, { ...reaction.program, fromMs: 5 }),
    ),
    1,
  )
})

test('applied over the head of a process that turned it down or hangs is found', t => {
  t.is(judge({}), 1)
  t.is(judge({ behaviour: 'hang' }), 1)
})

test('staged without being durable is found', t => {
  const wire = [{ ...report('staged'), unkept: ['web@2'] }]
  t.is(checkFacts(evidenceOf({ wire })).length, 1)
})

test('a count above its bound, and what is left over at rest, are found', t => {
  const loads = (count: number) => [{ what: 'OUTBOX_MAX', count, max: 10 }]
  t.deepEqual(checkLoad(evidenceOf({ load: [{ atMs: 1, loads: loads(10), leftOver: [] }] })), [])
  t.is(checkLoad(evidenceOf({ load: [{ atMs: 1, loads: loads(11) }] })).length, 1)
  t.is(checkLoad(evidenceOf({ load: [{ atMs: 1, loads: [], leftOver: ['lock a'] }] })).length, 1)
})
