import test from 'ava'
import type { MemberEvent } from '../../runtime/gossip/core/events.ts'
import type { Input } from '../../runtime/gossip/core/inputs.ts'
import type { MemberRecord, MemberStatus } from '../../runtime/gossip/core/member-record.ts'
import type { Message, RecordState, Update } from '../../runtime/gossip/core/messages.ts'
import type { Output } from '../../runtime/gossip/core/outputs.ts'
import type { MemberLife } from '../cluster/gossip-log.ts'
import type { GossipStep } from '../cluster/gossip-tape.ts'
import { checkGossipSteps } from './check-gossip-steps.ts'
import { evidenceOf } from './evidence.test.kit.ts'

const TOPOLOGY = { groups: [], nodes: [], gossip: 'lan' } as const
const PROBE_ENDED: MemberEvent = { type: 'PROBE_ENDED', id: 'c' }

function lifeOf(id: string): MemberLife {
  return { id, epoch: 1, machine: id } as unknown as MemberLife
}
const [a, b, c] = [lifeOf('a'), lifeOf('b'), lifeOf('c')]

function held(id: string, status: MemberStatus, incarnation = 0, accusers: string[] = []): MemberRecord {
  return { id, status, epoch: 1, incarnation, accusers, address: id, joined: true, sinceMs: 0 }
}

function said(state: RecordState, id: string, incarnation = 0, accusers?: string[]): Update {
  const proof = accusers === undefined ? { signature: new Uint8Array(1) } : { accusers }
  return { state, id, epoch: 1, incarnation, ...proof }
}

function told(from: string, message: Message): Input {
  return { kind: 'message', nowMs: 0, from: { id: from, epoch: 1, incarnation: 0, address: from }, message }
}

const gossip = (...updates: Update[]): Message => ({ kind: 'gossip', updates })
const TICK: Input = { kind: 'tick', nowMs: 0, loopLagMs: 0 }

/** One step, in the member's time; `changes` are `[before, after]`. */
function step(
  observer: MemberLife,
  atMs: number,
  input: Input,
  changes: readonly (readonly [MemberRecord | undefined, MemberRecord])[] = [],
  {
    outputs = [],
    events = [],
    incarnation = 0,
  }: Partial<Pick<GossipStep, 'outputs' | 'events' | 'incarnation'>> = {},
): GossipStep {
  const named = changes.map(([before, after]) => ({ id: after.id, before, after }))
  return {
    atMs,
    observer,
    input: { ...input, nowMs: atMs },
    outputs,
    events,
    changes: named,
    forged: [],
    incarnation,
  }
}

function send(to: string, message: Message): Output {
  return { kind: 'datagram', to, message }
}

/** Three members that have met. */
function met(): GossipStep[] {
  const all = [a, b, c]
  const meets = (observer: MemberLife, others: readonly MemberLife[]) =>
    step(
      observer,
      0,
      TICK,
      others.map(({ id }) => [undefined, held(id, 'alive')] as const),
    )
  return [
    ...all.map(one => meets(one, [one])),
    ...all.map(one =>
      meets(
        one,
        all.filter(other => other !== one),
      ),
    ),
  ]
}

/** `a` asks `c`, and helpers, and hears nothing. */
function probed(seq: number, atMs: number, helpers: readonly string[] = ['b']): GossipStep[] {
  const ping: Message = { kind: 'ping', seq, localHealth: 0, updates: [] }
  const asks = helpers.map(to => send(to, { kind: 'ping-request', seq, targetId: 'c', updates: [] }))
  const stream: Output = { kind: 'stream-probe', to: 'c', seq, targetId: 'c', timeoutMs: 400 }
  return [
    step(a, atMs, TICK, [], { outputs: [send('c', ping)] }),
    step(a, atMs + 400, TICK, [], { outputs: [...asks, stream] }),
  ]
}

const DOUBT = [held('c', 'alive'), held('c', 'suspect', 0, ['a'])] as const
const DEATH = [held('c', 'suspect', 0, ['a']), held('c', 'dead', 0, ['a'])] as const
const TELL = { outputs: [send('b', gossip(said('suspect', 'c', 0, ['a'])))] }

function judged(...steps: GossipStep[]): string[] {
  const all = { lives: [a, b, c], sightings: [], steps: [...met(), ...steps] }
  return checkGossipSteps(evidenceOf({ topology: TOPOLOGY, gossip: all })).map(({ what }) => what)
}

test('who was tried in every way may be accused, and nobody else', t => {
  const doubt = (atMs: number) => step(a, atMs, TICK, [DOUBT], { events: [PROBE_ENDED], ...TELL })
  t.deepEqual(judged(...probed(1, 1_000), doubt(1_800)), [])
  t.regex(judged(doubt(1_800))[0] ?? '', /a accuses c 1 0 without having tried every way/)
  t.regex(judged(...probed(1, 1_000, []), doubt(1_800))[0] ?? '', /with 0 helpers of 1/)
  t.regex(judged(...probed(1, 1_000), doubt(1_700))[0] ?? '', /after 700 ms: 800 were promised/)
  const answer = step(a, 1_500, {
    kind: 'stream-probed',
    nowMs: 0,
    seq: 1,
    answeredBy: { ...c, incarnation: 0 },
  })
  t.regex(judged(...probed(1, 1_000), answer, doubt(1_800))[0] ?? '', /which answered/)
})

test('a suspect is buried when its time is over, or by those who waited', t => {
  const doubted = [...probed(1, 1_000), step(a, 1_800, TICK, [DOUBT], { events: [PROBE_ENDED], ...TELL })]
  // Among three, nobody is left to confirm: the shortest suspicion counts.
  t.deepEqual(judged(...doubted, step(a, 4_800, TICK, [DEATH])), [])
  t.regex(
    judged(...doubted, step(a, 4_700, TICK, [DEATH]))[0] ?? '',
    /buried after 2900 ms by 1 accusers: 3000/,
  )
  const stood = step(a, 4_700, { kind: 'tick', nowMs: 0, loopLagMs: 2_000 })
  t.regex(judged(...doubted, stood, step(a, 4_900, TICK, [DEATH]))[0] ?? '', /buried after 1100 ms/)
  const heard = gossip(said('dead', 'c', 0, ['a', 'b']))
  const sent = step(a, 5_000, TICK, [], { outputs: [send('b', heard)] })
  const dead = held('c', 'dead', 0, ['a'])
  t.deepEqual(judged(...doubted, sent, step(b, 5_001, told('a', heard), [[held('c', 'alive'), dead]])), [])
  t.regex(
    judged(step(b, 5_000, TICK, [[held('c', 'alive'), held('c', 'dead')]]))[0] ?? '',
    /was suspected by nobody/,
  )
  t.regex(
    judged(...doubted, sent, step(b, 5_001, told('a', heard)))[0] ?? '',
    /told that c 1 0 is dead, and holds/,
  )
})

test('only a later life clears, and nobody is brought back, or put into a life that it never led', t => {
  const lived = step(c, 900, TICK, [], { incarnation: 1 })
  const doubted = [
    lived,
    ...probed(1, 1_000),
    step(a, 1_800, TICK, [DOUBT], { events: [PROBE_ENDED], ...TELL }),
  ]
  const clear = (incarnation: number) => step(a, 2_000, TICK, [[DOUBT[1], held('c', 'alive', incarnation)]])
  t.deepEqual(judged(...doubted, clear(1)), [])
  t.regex(judged(...doubted, clear(0))[0] ?? '', /is cleared without an objection/)
  t.regex(judged(...doubted, clear(2))[0] ?? '', /is in a life that it never led/)
  const left = held('c', 'left')
  const gone = [
    step(c, 1_000, { kind: 'leave', nowMs: 0 }),
    step(a, 1_001, TICK, [[held('c', 'alive'), left]]),
  ]
  t.deepEqual(judged(...gone), [])
  t.regex(
    judged(...gone, step(a, 1_002, TICK, [[left, held('c', 'alive')]]))[0] ?? '',
    /comes back after its farewell/,
  )
  t.regex(judged(step(a, 1_001, TICK, [[held('c', 'alive'), left]]))[0] ?? '', /never said farewell/)
  t.regex(
    judged(lived, step(a, 1_001, TICK, [[held('c', 'alive', 1), held('c', 'alive')]]))[0] ?? '',
    /earlier life/,
  )
})

test('an accusation is answered by a later life, and a ping by an ack', t => {
  const accusation = gossip(said('suspect', 'c', 0, []))
  const sent = step(a, 1_000, TICK, [], { outputs: [send('c', accusation)] })
  const heard = (incarnation: number) => step(c, 1_001, told('a', accusation), [], { incarnation })
  t.deepEqual(judged(sent, heard(1)), [])
  t.regex(judged(sent, heard(0))[0] ?? '', /c is called suspect in life c 1 0, and begins no later one/)
  const ping: Message = { kind: 'ping', seq: 7, localHealth: 0, updates: [] }
  const asked = step(a, 2_000, TICK, [], { outputs: [send('c', ping)] })
  const ack = send('a', { kind: 'ack', seq: 7, viewHash: 0, loopLagMs: 0, updates: [] })
  t.deepEqual(judged(asked, step(c, 2_001, told('a', ping), [], { outputs: [ack] })), [])
  t.regex(judged(asked, step(c, 2_001, told('a', ping)))[0] ?? '', /does not answer the ping of a/)
})

test('a packet is taken once, and only if it was sent', t => {
  const sent = step(a, 1_000, TICK, [], { outputs: [send('c', gossip())] })
  const heard = step(c, 1_001, told('a', gossip()))
  t.deepEqual(judged(sent, heard), [])
  t.is(judged(sent, heard, heard).length, 1)
  t.is(judged(heard).length, 1)
})

test('what is new is told to others before long', t => {
  const doubted = (outputs: Output[]) => [
    ...probed(1, 1_000),
    step(a, 1_800, TICK, [DOUBT], { events: [PROBE_ENDED], outputs }),
    step(a, 2_700, TICK),
  ]
  t.deepEqual(judged(...doubted(TELL.outputs)), [])
  t.regex(judged(...doubted([]))[0] ?? '', /keeps to itself what it learnt of c 1 0/)
})

test('who asks for help may say where the target is now: there it is asked', t => {
  const ask: Message = { kind: 'ping-request', seq: 7, targetId: 'c', updates: [] }
  const asked = step(a, 2_000, TICK, [], { outputs: [send('b', ask)] })
  const moved = [held('c', 'alive'), { ...held('c', 'alive'), epoch: 2, address: 'elsewhere' }] as const
  const ping = (to: string): Output => send(to, { kind: 'ping', seq: 1, localHealth: 0, updates: [] })
  const helps = (to: string) => step(b, 2_001, told('a', ask), [moved], { outputs: [ping(to)] })
  t.false(judged(asked, helps('elsewhere')).some(what => what.includes('does not help')))
  t.true(judged(asked, helps('c')).some(what => what.includes('does not help')))
})
