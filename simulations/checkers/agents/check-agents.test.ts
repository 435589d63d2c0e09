import test from 'ava'
import type { FaultSpan } from '../../faults/fault.ts'
import { evidenceOf } from '../evidence.test.kit.ts'
import type { AgentEntry, AgentLife, Fields } from './agent-history.ts'
import { checkAgents } from './check-agents.ts'

const GROUP = 'web'
const APPLY_MS = 10_000

function lifeOf(fromMs: number, node = 'n1'): AgentLife {
  const name = `${node}/agent`
  return {
    node,
    build: 1,
    program: { name, machine: node, fromMs, toMs: undefined, end: undefined, stands: [] },
  }
}

/** One agent and its processes, told step by step, a millisecond each; `wait` lets more of it pass. */
class Tale {
  readonly entries: AgentEntry[] = []
  #life = lifeOf(0)
  #atMs = 0
  #id = 0

  wait(ms: number): this {
    this.#atMs += ms
    return this
  }

  restart(): this {
    this.#life = lifeOf(this.#atMs)
    return this
  }

  #add(entry: object): this {
    this.#atMs++
    const at = { atMs: this.#atMs, localMs: this.#atMs, agent: this.#life }
    this.entries.push({ ...at, ...entry } as AgentEntry)
    return this
  }

  wants(candidate: number | null, more: object = {}): this {
    const one =
      candidate === null ? null : { ...contentOf(candidate), activate: true, applyTimeoutMs: APPLY_MS }
    const order = { timeline: 1, epoch: 1, retry: 0, applyTimeoutMs: APPLY_MS }
    const desire = { group: GROUP, ...order, committed: contentOf(1), candidate: one, ...more }
    return this.#add({ kind: 'desired', body: { t: 'desire', desire } })
  }

  /** What central tells another node to be committed. */
  tellsPeer(timeline: number, revision: number): this {
    const order = { timeline, epoch: timeline, retry: 0 }
    const desire = { group: GROUP, ...order, committed: contentOf(revision), candidate: null }
    return this.#add({ kind: 'desired', agent: lifeOf(0, 'n2'), body: { t: 'desire', desire } })
  }

  follows(timeline: number, revision: number): this {
    const word = { group: GROUP, timeline, epoch: timeline, ...contentOf(revision), peer: 'n2' }
    return this.#add({ kind: 'followed', body: word })
  }

  logs(cause: string, revision: number, activation: number, fallback: object | null = null): this {
    return this.#add({ kind: 'logged', note: { group: GROUP, cause, revision, activation, fallback } })
  }

  /** A process comes on a connection of its own, and is told of what is active. */
  hello(connection: number, instance: string, active: Fields, holds?: number): this {
    const group = { group: GROUP, ...(holds === undefined ? {} : { activation: holds }) }
    const id = ++this.#id
    const [process] = instance.split('-')
    const body = { id, op: 'hello', process, instance, prepare: false, groups: [group] }
    this.#add({ kind: 'heard', connection, body })
    return this.#add({ kind: 'said', connection, body: { id, ok: true, groups: { [GROUP]: active } } })
  }

  change(connection: number, revision: number, activation: number): this {
    const state = stateOf(revision, activation, true)
    const body = { event: 'change', group: GROUP, ...state, deadlineMs: APPLY_MS }
    return this.#add({ kind: 'said', connection, body })
  }

  acks(connection: number, activation: number, reason?: string): this {
    const [id, outcome] = [++this.#id, reason === undefined ? 'ok' : 'rejected']
    const body = { id, op: 'ack', group: GROUP, activation, phase: 'applied', outcome, reason }
    this.#add({ kind: 'heard', connection, body })
    return this.#add({ kind: 'said', connection, body: { id, ok: true } })
  }

  bye(connection: number): this {
    return this.#add({ kind: 'heard', connection, body: { id: ++this.#id, op: 'bye' } })
  }

  closes(connection: number): this {
    return this.#add({ kind: 'closed', connection, body: {} })
  }

  reports(phase: string, revision: number, activation: number, reason?: string): this {
    const report = { group: GROUP, active: revision, digest: digestOf(revision), activation, fallback: null }
    const progress = { revision, phase, ...(reason === undefined ? {} : { reason }) }
    return this.#add({ kind: 'reported', body: { t: 'report', groups: [{ ...report, progress }] } })
  }

  judged(spans: readonly FaultSpan[] = []): string[] {
    return checkAgents(evidenceOf({ agents: this.entries, spans })).map(({ what }) => what)
  }
}

function digestOf(revision: number): string {
  return `digest of ${revision}`
}

function contentOf(revision: number) {
  return { revision, digest: digestOf(revision) }
}

function stateOf(revision: number, activation: number, owesAck: boolean): Fields {
  return { ...contentOf(revision), activation, owesAck, stale: true }
}

/** Revision 1 is active, two processes are there, and revision 2 is activated and told to both. */
function asked(): Tale {
  return new Tale()
    .hello(1, 'a-1', stateOf(1, 1, false))
    .hello(2, 'b-1', stateOf(1, 1, false))
    .wants(2)
    .logs('activate', 2, 2)
    .change(1, 2, 2)
    .change(2, 2, 2)
}

test('applied when everybody who was asked has said yes or goodbye, the newcomer too', t => {
  t.deepEqual(asked().acks(1, 2).acks(2, 2).reports('applied', 2, 2).judged(), [])
  t.deepEqual(asked().acks(1, 2).bye(2).reports('applied', 2, 2).judged(), [])
  const joined = asked()
    .hello(3, 'c-1', stateOf(2, 2, true))
    .acks(1, 2)
    .acks(2, 2)
  t.deepEqual(joined.acks(3, 2).reports('applied', 2, 2).judged(), [])
})

test('applied before that is found', t => {
  t.is(asked().acks(1, 2).reports('applied', 2, 2).judged().length, 1)
  t.is(asked().acks(1, 2).acks(2, 1).reports('applied', 2, 2).judged().length, 1)
  t.is(asked().acks(1, 2).closes(2).reports('applied', 2, 2).judged().length, 1)
  const joined = asked()
    .hello(3, 'c-1', stateOf(2, 2, true))
    .acks(1, 2)
    .acks(2, 2)
  t.is(joined.reports('applied', 2, 2).judged().length, 1)
})

test('who died leaves its debt to the next instance of its process', t => {
  const back = asked()
    .acks(1, 2)
    .closes(2)
    .hello(3, 'b-2', stateOf(2, 2, true))
  t.deepEqual(back.acks(3, 2).reports('applied', 2, 2).judged(), [])
})

test('a no counts at once, and with its reason; silence when time is up, and by name', t => {
  t.deepEqual(asked().acks(2, 2, 'bad').reports('rejected', 2, 2, 'b: bad').judged(), [])
  t.is(asked().acks(2, 2, 'bad').acks(1, 2).reports('applied', 2, 2).judged().length, 2)
  t.is(asked().acks(2, 2, 'bad').reports('rejected', 2, 2, 'a: bad').judged().length, 1)
  const silent = 'b did not answer in time'
  t.deepEqual(asked().acks(1, 2).wait(APPLY_MS).reports('rejected', 2, 2, silent).judged(), [])
  t.is(asked().acks(1, 2).reports('rejected', 2, 2, silent).judged().length, 1)
  const both = 'a did not answer in time; b did not answer in time'
  t.is(asked().acks(1, 2).wait(APPLY_MS).reports('rejected', 2, 2, both).judged().length, 1)
})

test('what is decided is written down soon, unless the disk is bad', t => {
  const late = asked().acks(1, 2).acks(2, 2).wait(6_000).bye(1)
  t.is(late.judged().length, 1)
  const fault = { id: 'f1', atMs: 0, kind: 'slow-disk', machine: 'n1', syncMs: 1, forMs: 9_000 } as const
  t.deepEqual(late.judged([{ fault, fromMs: 0, toMs: 9_000 }]), [])
  t.deepEqual(asked().acks(1, 2).acks(2, 2).logs('applied', 2, 2).wait(6_000).bye(1).judged(), [])
})

test('whoever is registered is told, in time for what comes after, and of nothing older', t => {
  const untold = new Tale()
    .hello(1, 'a-1', stateOf(1, 1, false))
    .wants(2)
    .logs('activate', 2, 2)
  t.is(untold.acks(1, 1).judged().length, 1)
  t.is(asked().change(1, 1, 1).judged().length, 1)
})

test('one number names one generation', t => {
  t.is(
    asked()
      .hello(3, 'c-1', stateOf(3, 2, true))
      .judged().length,
    1,
  )
  t.is(asked().acks(1, 2).acks(2, 2).reports('applied', 3, 2).judged().length, 1)
})

test('what an earlier life pinned is owed after a restart, and what nobody applied is not served', t => {
  const back = () =>
    asked()
      .wait(9_000)
      .acks(1, 2)
      .restart()
      .logs('fall-back', 1, 3, { from: 2, reason: 'restart-before-applied' })
  const anew = () => back().wants(2).logs('activate', 2, 4)
  t.is(anew().reports('applied', 2, 4).judged().length, 0, 'they had come a moment before it was activated')
  const long = new Tale()
    .hello(1, 'a-1', stateOf(1, 1, false))
    .wait(6_000)
    .wants(2)
    .logs('activate', 2, 2)
  long.restart().logs('fall-back', 1, 3, { from: 2, reason: 'restart-before-applied' })
  t.is(long.wants(2).logs('activate', 2, 4).reports('applied', 2, 4).judged().length, 1)
  t.is(
    asked()
      .restart()
      .hello(3, 'a-1', stateOf(2, 2, false))
      .judged().length,
    1,
  )
})

test('what a lost state had pinned is owed in no later life', t => {
  const fault = { id: 'f1', atMs: 0, kind: 'bit-rot', machine: 'n1', file: 'state' } as const
  const later = (reason: string) => {
    const tale = new Tale()
      .hello(1, 'a-1', stateOf(1, 1, false))
      .wait(6_000)
      .wants(2)
      .logs('activate', 2, 2)
    tale.change(1, 2, 2).restart().logs('fall-back', 1, 20, { from: 2, reason })
    tale.restart().wants(2).logs('activate', 2, 21).reports('applied', 2, 21)
    return tale.judged([{ fault, fromMs: 0, toMs: 0 }])
  }
  t.deepEqual(later('corrupt-state'), [])
  t.is(later('restart-before-applied').length, 1)
})

test('three deaths in a row are a loop, two are not; the way back leads to what was applied', t => {
  const died = (times: number) => {
    const tale = asked().acks(2, 2)
    for (let life = 1; life <= times; life++)
      tale.closes(life === 1 ? 1 : 10 + life).hello(11 + life, `a-${life + 1}`, stateOf(2, 2, true))
    return tale.logs('fall-back', 1, 3, { from: 2, reason: 'crash-loop' })
  }
  t.deepEqual(died(3).judged(), [])
  t.is(died(2).judged().length, 1)
})

test('what processes die of is not kept where something else was applied before', t => {
  const goesOn = (tale: Tale) => tale.wants(3).logs('activate', 3, 3).change(14, 3, 3)
  const stays = (before: (tale: Tale) => Tale, then = goesOn) => {
    const tale = before(new Tale().hello(1, 'a-1', stateOf(1, 1, false)).wants(2))
    tale.logs('activate', 2, 2).change(1, 2, 2).acks(1, 2).logs('applied', 2, 2)
    for (let life = 1; life <= 3; life++)
      tale.closes(life === 1 ? 1 : 10 + life).hello(11 + life, `a-${life + 1}`, stateOf(2, 2, false))
    return then(tale.logs('rejected', 2, 2)).judged()
  }
  t.regex(
    stays(tale => tale.logs('applied', 1, 1))[0] ?? '',
    /stays with revision 2, .* though 1 was applied/,
  )
  t.deepEqual(
    stays(tale => tale),
    [],
    'there is nothing older',
  )
})

test('a state is lost to rot or to a loss of power, and to nothing else', t => {
  const lost = () => asked().restart().logs('fall-back', 1, 20, { from: 2, reason: 'corrupt-state' })
  t.is(lost().judged().length, 1)
  const fault = { id: 'f1', atMs: 0, kind: 'bit-rot', machine: 'n1', file: 'state' } as const
  t.deepEqual(lost().judged([{ fault, fromMs: 0, toMs: 0 }]), [])
  const dead = { name: 'n1/agent', machine: 'n1', fromMs: 0, toMs: 1, end: 'power' as const, stands: [] }
  t.deepEqual(checkAgents(evidenceOf({ agents: lost().entries, programs: [dead] })), [])
})

test('what was turned down is run again only when an admin asks anew', t => {
  const refused = () => asked().acks(1, 2, 'bad').logs('rejected', 2, 2)
  t.is(refused().wants(2).logs('activate', 2, 3).change(1, 2, 3).change(2, 2, 3).judged().length, 1)
  const retried = refused().wants(2, { retry: 1 }).logs('activate', 2, 3)
  t.deepEqual(retried.change(1, 2, 3).change(2, 2, 3).judged(), [])
})

test('a restored central may ask for it again: what is refused is refused in the timeline of its activation', t => {
  const late = () =>
    asked()
      .wants(null, { timeline: 2, committed: contentOf(2) })
      .acks(1, 2, 'bad')
  const again = () => late().logs('rejected', 2, 2).logs('activate', 2, 3).change(1, 2, 3).change(2, 2, 3)
  t.deepEqual(again().judged(), [])
  const thrice = again().acks(1, 3, 'bad').logs('rejected', 2, 3).logs('activate', 2, 4)
  t.is(thrice.change(1, 2, 4).change(2, 2, 4).judged().length, 1)
  const early = asked().acks(1, 2, 'bad').logs('rejected', 2, 2)
  early
    .wants(null, { timeline: 2, committed: contentOf(2) })
    .logs('retried', 2, 2)
    .logs('activate', 2, 3)
  t.deepEqual(early.change(1, 2, 3).change(2, 2, 3).judged(), [])
})

test('what is written while a restored central speaks may be of either timeline', t => {
  const tale = new Tale().hello(1, 'a-1', stateOf(1, 1, false)).wants(2)
  tale.wants(2, { timeline: 2 }).logs('activate', 2, 2).change(1, 2, 2).acks(1, 2, 'bad')
  t.deepEqual(tale.logs('rejected', 2, 2).logs('activate', 2, 3).change(1, 2, 3).judged(), [])
})

test('a peer gives what central has committed, nothing older, and no leave to run what was refused', t => {
  const refused = () => asked().acks(1, 2, 'bad').logs('rejected', 2, 2)
  const followed = (timeline: number, revision: number, told = revision) => {
    const tale = refused().tellsPeer(timeline, told).follows(timeline, revision)
    return tale.logs('activate', revision, 3).change(1, revision, 3).change(2, revision, 3).judged()
  }
  t.deepEqual(followed(2, 2), [])
  t.deepEqual(followed(1, 3), [])
  t.is(followed(1, 2).length, 1)
  t.regex(followed(1, 3, 4).join(), /never committed/)
  t.regex(followed(1, 1).join(), /knows of 2/)
})

test('a step back is told of', t => {
  const back = (fallback: object | null) => {
    const tale = asked()
      .acks(1, 2)
      .acks(2, 2)
      .logs('applied', 2, 2)
      .wants(null)
      .logs('activate', 1, 3, fallback)
    return tale.change(1, 1, 3).change(2, 1, 3).judged()
  }
  t.is(back(null).length, 1)
  t.deepEqual(back({ from: 2, reason: 'candidate-withdrawn' }), [])
})
