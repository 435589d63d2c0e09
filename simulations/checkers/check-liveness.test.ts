import test from 'ava'
import type { GossipSighting, MemberLife } from '../cluster/gossip-log.ts'
import type { ProgramLife } from '../world/program-life.ts'
import { checkLiveness } from './check-liveness.ts'
import { evidenceOf, journalOf } from './evidence.test.kit.ts'
import type { Evidence } from './evidence.ts'
import type { LinkEntry } from './link-history.ts'

const AT_MS = 100_000

function lifeOf(name: string, given: Partial<ProgramLife> = {}): ProgramLife {
  const machine = name.split('/')[0] ?? name
  return { name, machine, fromMs: 0, toMs: undefined, end: undefined, stands: [], ...given }
}

const CENTRAL = lifeOf('central')
const AGENT = lifeOf('n1/agent')
const memberOf = (program: ProgramLife) =>
  ({ id: program.machine, epoch: 1, machine: program.machine, program, atMs: 1 }) as unknown as MemberLife
const LIVES = [memberOf(CENTRAL), memberOf(AGENT)]

function told(atMs: number, type: GossipSighting['type']): GossipSighting {
  return { atMs, observer: LIVES[0] as MemberLife, type, subject: 'n1', epoch: 1 }
}

function link(atMs: number, what: LinkEntry['what'], t: string): LinkEntry {
  return { atMs, what, t, by: CENTRAL, other: AGENT, link: 1, body: {} }
}

/** What is wrong with a record at 100 s that says this of n1. */
function judged(to: string, sightings: readonly GossipSighting[], given: Partial<Evidence> = {}): string[] {
  const records = journalOf([[['liveness', { changes: [{ node: 'n1', to }] }]], []]).map(record => ({
    ...record,
    atMs: AT_MS,
  }))
  const gossip = { lives: LIVES, sightings, steps: [] }
  const topology = { groups: [], nodes: [], gossip: 'lan' } as const
  const programs = [CENTRAL, AGENT]
  return checkLiveness(evidenceOf({ records, gossip, topology, programs, endMs: 500_000, ...given })).map(
    ({ what }) => what,
  )
}

const JOINED = told(2, 'MEMBER_JOINED')

test('offline is who gossip calls dead, or whose link was lost for long where gossip knows nothing', t => {
  const dead = [JOINED, told(90_000, 'MEMBER_SUSPECT'), told(95_000, 'MEMBER_DEAD')]
  t.deepEqual(judged('offline', dead), [])
  t.regex(judged('offline', [JOINED])[0] ?? '', /which gossip knows alive/)
  t.regex(judged('offline', dead.slice(0, 2))[0] ?? '', /which gossip only suspects/)
  t.deepEqual(judged('suspect', dead.slice(0, 2)), [])
  t.regex(
    judged('offline', dead, { links: [link(99_000, 'got', 'ping')] })[0] ?? '',
    /has objected on its link/,
  )
  t.deepEqual(judged('offline', dead, { links: [link(80_000, 'got', 'ping')] }), [])
  t.regex(
    judged('offline', [], { links: [link(95_000, 'got', 'ping')] })[0] ?? '',
    /spoke on its link 5000 ms ago/,
  )
  t.deepEqual(judged('offline', [], { links: [link(80_000, 'got', 'ping')] }), [])
})

test('a central that has just begun accuses nobody', t => {
  const young = lifeOf('central', { fromMs: 90_000 })
  const programs = [young, AGENT]
  t.regex(judged('suspect', [], { programs })[0] ?? '', /by a central that began 10000 ms ago/)
  t.deepEqual(judged('suspect', [], { programs: [lifeOf('central', { fromMs: 70_000 }), AGENT] }), [])
})

test('left is who said farewell, until it is welcomed again', t => {
  t.regex(judged('left', [JOINED])[0] ?? '', /which never said farewell/)
  const left = link(90_000, 'got', 'leave')
  t.deepEqual(judged('left', [JOINED], { links: [left] }), [])
  t.deepEqual(judged('left', [JOINED, told(90_000, 'MEMBER_LEFT')]), [])
  t.regex(judged('left', [], { links: [left, link(92_000, 'sent', 'welcome')] })[0] ?? '', /welcomed since/)
})

test('who is called gone on the way back is alive again when it is heard', t => {
  const links = [
    link(90_000, 'got', 'leave'),
    link(99_000, 'sent', 'welcome'),
    link(101_000, 'got', 'ping'),
    link(103_000, 'got', 'ping'),
  ]
  t.regex(judged('left', [], { links })[0] ?? '', /stays so though it speaks on its link/)
  t.deepEqual(judged('left', [], { links: links.slice(0, 2) }), [], 'it was not heard since')
  t.deepEqual(judged('left', [], { links: [...links, link(104_000, 'got', 'leave')] }), [])
  const [record] = journalOf([[['liveness', { changes: [{ node: 'n1', to: 'left' }] }]], []])
  const [alive] = journalOf([[['liveness', { changes: [{ node: 'n1', to: 'alive' }] }]], []])
  const records = [record, alive].flatMap((one, at) => (one ? [{ ...one, atMs: AT_MS + at * 1_000 }] : []))
  t.deepEqual(judged('left', [], { links, records }), [])
})

test('who crashed is journaled offline within the bound', t => {
  const gone = lifeOf('n1/agent', { toMs: 90_000, end: 'power' })
  const welcome = { ...link(1_000, 'sent', 'welcome'), other: gone }
  const given = { programs: [CENTRAL, gone], links: [welcome] }
  const dead = [JOINED, told(95_000, 'MEMBER_DEAD')]
  t.deepEqual(judged('offline', dead, given), [])
  t.regex(judged('alive', dead, given)[0] ?? '', /n1 died at 90\.000 s, and is not journaled offline/)
  t.deepEqual(judged('alive', dead, { ...given, links: [] }), [])
})

test('what was said before a slow append, and folded after it, may be old by then', t => {
  const back = [
    JOINED,
    told(90_000, 'MEMBER_SUSPECT'),
    told(95_000, 'MEMBER_DEAD'),
    told(99_000, 'MEMBER_ALIVE'),
  ]
  const during = (fromMs: number, toMs: number): Partial<Evidence> => ({
    waits: { deadlines: [], overdue: [], troubles: [{ life: CENTRAL, fromMs, toMs }] },
  })
  t.regex(judged('offline', back)[0] ?? '', /which gossip knows alive/)
  t.deepEqual(judged('offline', back, during(98_500, 100_000)), [])
  t.regex(judged('offline', back, during(90_000, 92_000))[0] ?? '', /which gossip knows alive/)
})
