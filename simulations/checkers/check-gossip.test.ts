import test from 'ava'
import type { GossipSighting, MemberLife } from '../cluster/gossip-log.ts'
import type { Fault } from '../faults/fault.ts'
import type { ProgramLife } from '../world/program-life.ts'
import { checkGossip, publishedBoundMs } from './check-gossip.ts'
import { evidenceOf, journalOf } from './evidence.test.kit.ts'
import type { Evidence } from './evidence.ts'

const TOPOLOGY = { groups: [], nodes: [], gossip: 'lan' } as const
const BOUND_MS = publishedBoundMs('lan', 3)
const PARTITION: Fault = { id: 'f1', atMs: 0, kind: 'partition', machines: ['n2'], stops: 'both', forMs: 1 }

function lifeOf(machine: string, program: Partial<ProgramLife> = {}): MemberLife {
  const name = machine === 'central' ? machine : `${machine}/agent`
  const whole = { name, machine, fromMs: 0, toMs: undefined, end: undefined, stands: [], ...program }
  const member = {} as MemberLife['member']
  return { id: machine, epoch: 1, machine, program: whole, atMs: 1, silentSinceMs: undefined, member }
}

function told(atMs: number, observer: MemberLife, type: GossipSighting['type'], subject: string) {
  return { atMs, observer, type, subject, epoch: 1 }
}

/** Three members that know one another; then what a test says. */
function judged(
  lives: readonly MemberLife[],
  later: readonly GossipSighting[],
  given: Partial<Evidence> = {},
) {
  const joined = lives.flatMap(observer =>
    lives.filter(one => one !== observer).map(({ id }) => told(2, observer, 'MEMBER_JOINED', id)),
  )
  const gossip = { lives, sightings: [...joined, ...later], steps: [] }
  const programs = lives.map(({ program }) => program)
  const evidence = evidenceOf({ topology: TOPOLOGY, gossip, programs, endMs: 500_000, ...given })
  return checkGossip(evidence).map(({ what }) => what)
}

test('who is declared dead and is well breaks the promise, unless something stood in the way', t => {
  const [central, n1, n2] = [lifeOf('central'), lifeOf('n1'), lifeOf('n2')]
  const lives = [central, n1, n2]
  const death = [told(100_000, n1, 'MEMBER_DEAD', 'n2')]
  t.regex(judged(lives, death)[0] ?? '', /n1 declares n2 dead at 100\.000 s, which is well/)
  const spanOf = (fromMs: number, toMs: number) => [{ fault: PARTITION, fromMs, toMs }]
  t.is(judged(lives, death, { spans: spanOf(80_000, 81_000) }).length, 0)
  t.is(judged(lives, death, { spans: spanOf(10_000, 11_000) }).length, 1)
  const stood = lifeOf('n2', { stands: [{ fromMs: 95_000, toMs: 99_000 }] })
  t.is(judged([central, n1, stood], death).length, 0)
})

test('who is gone must be known as dead by each that lives, within the bound', t => {
  const [central, n1] = [lifeOf('central'), lifeOf('n1')]
  const n2 = lifeOf('n2', { toMs: 100_000, end: 'power' })
  const lives = [central, n1, n2]
  const inTime = told(100_000 + BOUND_MS, central, 'MEMBER_DEAD', 'n2')
  const soon = told(105_000, n1, 'MEMBER_DEAD', 'n2')
  const late = told(100_001 + BOUND_MS, n1, 'MEMBER_DEAD', 'n2')
  t.deepEqual(judged(lives, [inTime, soon]), [])
  t.is(judged(lives, [inTime, late]).length, 1)
  t.is(judged(lives, []).length, 2)
  const spans = [{ fault: PARTITION, fromMs: 101_000, toMs: 102_000 }]
  t.is(judged(lives, [], { spans }).length, 0)
  t.is(judged([central, n1, { ...n2, silentSinceMs: 99_000 }], []).length, 0)
})

test('the journal may not call a node offline that could be reached all the time', t => {
  const change = { changes: [{ node: 'n2', to: 'offline' }] }
  const [record] = journalOf([[['liveness', change]], []])
  const lives = [lifeOf('central'), lifeOf('n1'), lifeOf('n2')]
  const records = record === undefined ? [] : [{ ...record, atMs: 100_000 }]
  t.regex(judged(lives, [], { records })[0] ?? '', /n2 is journaled offline/)
  const young = { ...lifeOf('n2'), atMs: 90_000 }
  t.is(judged([lifeOf('central'), lifeOf('n1'), young], [], { records }).length, 0)
})
