import test from 'ava'
import fc from 'fast-check'
import { SeededRandom } from '../../ports/seeded-random.ts'
import { createMember, type Member } from './member.ts'
import { TableBase } from './member-table.ts'
import type { Message, Sender, Update } from './messages.ts'
import type { StepResult } from './outputs.ts'
import { PRESETS } from './presets.ts'
import type { RecordSeal } from './record-seal.ts'

const ID = {
  self: 'aa'.repeat(16),
  b: 'bb'.repeat(16),
  c: 'cc'.repeat(16),
  d: 'dd'.repeat(16),
  e: 'ee'.repeat(16),
}
const PROOF = new Uint8Array([1])
const seal: RecordSeal = { sign: () => PROOF, verify: ({ signature }) => signature === PROOF }

function addressOf(id: string): string {
  return `${id.slice(0, 2)}:7602`
}

function memberAmong(ids: readonly string[], sealed = false): Member {
  const base = new TableBase(
    [ID.self, ...ids].map(id => ({
      id,
      status: 'alive' as const,
      epoch: 1,
      incarnation: 0,
      accusers: [],
      address: addressOf(id),
      joined: true,
      sinceMs: 0,
    })),
  )
  return createMember({
    config: PRESETS.lan,
    self: { id: ID.self, epoch: 1, address: addressOf(ID.self) },
    random: new SeededRandom(1),
    nowMs: 0,
    base,
    ...(sealed ? { seal } : {}),
  })
}

function from(id: string, incarnation = 0, epoch = 1): Sender {
  return { id, epoch, incarnation, address: addressOf(id) }
}

function hear(member: Member, sender: Sender, message: Message, nowMs = 10): StepResult {
  return member.step({ kind: 'message', nowMs, from: sender, message })
}

function gossip(...updates: readonly Update[]): Message {
  return { kind: 'gossip', updates }
}

function says(state: Update['state'], id: string, rest: Partial<Update> = {}): Update {
  return { state, id, epoch: 1, incarnation: 0, ...rest }
}

/** Ticks whenever the member wants to, until the time has come; nobody answers. */
function runSilent(member: Member, untilMs: number): StepResult[] {
  const results: StepResult[] = []
  while (member.nextWakeMs <= untilMs)
    results.push(member.step({ kind: 'tick', nowMs: member.nextWakeMs, loopLagMs: 0 }))
  return results
}

function typesOf(results: readonly StepResult[]): string[] {
  return results.flatMap(({ events }) => events.map(({ type }) => type))
}

test('a ping is answered with our own view', t => {
  const member = memberAmong([ID.b])
  const { outputs } = hear(member, from(ID.b), { kind: 'ping', seq: 7, localHealth: 0, updates: [] })
  t.is(outputs.length, 1)
  const [output] = outputs
  t.is(output?.to, addressOf(ID.b))
  t.like(output?.kind === 'datagram' ? output.message : {}, {
    kind: 'ack',
    seq: 7,
    viewHash: member.viewHash,
  })
})

test('nobody is suspected before helpers and a stream were tried', t => {
  const member = memberAmong([ID.b, ID.c, ID.d])
  const kinds: string[] = []
  for (const { outputs, events } of runSilent(member, 2_500)) {
    for (const output of outputs) kinds.push(output.kind === 'datagram' ? output.message.kind : output.kind)
    if (events.some(({ type }) => type === 'MEMBER_SUSPECT')) break
  }
  t.true(kinds.indexOf('ping') < kinds.indexOf('ping-request'))
  t.true(kinds.includes('stream-probe'))
  t.is(kinds.filter(kind => kind === 'ping-request').length, 2)
})

test('an accusation of ourselves is answered with a later incarnation, and costs health', t => {
  const member = memberAmong([ID.b, ID.c])
  const { events } = hear(member, from(ID.b), gossip(says('suspect', ID.self, { accusers: [ID.b] })))
  t.deepEqual(events, [{ type: 'SELF_REFUTED', incarnation: 1 }])
  t.is(member.localHealth, 1)
  t.is(member.get(ID.self)?.status, 'alive')
  t.is(member.self.incarnation, 1)
  // The same again is about a past life.
  t.deepEqual(hear(member, from(ID.c), gossip(says('suspect', ID.self, { accusers: [ID.c] }))).events, [])
})

test('one accuser’s word of a death is a suspicion, that of two is a fact', t => {
  const member = memberAmong([ID.b, ID.c, ID.d])
  hear(member, from(ID.b), gossip(says('dead', ID.d, { accusers: [ID.b] })))
  t.is(member.get(ID.d)?.status, 'suspect')
  hear(member, from(ID.b), gossip(says('dead', ID.d, { accusers: [ID.b] })))
  t.is(member.get(ID.d)?.status, 'suspect')
  hear(member, from(ID.c), gossip(says('dead', ID.d, { accusers: [ID.b, ID.c] })))
  t.is(member.get(ID.d)?.status, 'dead')
})

test('what a comparison of views says of the dead is old news: they may object', t => {
  const member = memberAmong([ID.b, ID.c, ID.d])
  const records = [says('dead', ID.d, { accusers: [ID.b, ID.c] })]
  hear(member, from(ID.b), { kind: 'sync', buckets: [], records, wantsAnswer: false })
  t.is(member.get(ID.d)?.status, 'suspect')
})

test('hearsay does not raise the dead; an answer of their own or their signature does', t => {
  for (const sealed of [false, true]) {
    const member = memberAmong([ID.b, ID.c, ID.d], sealed)
    hear(member, from(ID.b), gossip(says('dead', ID.d, { accusers: [ID.b, ID.c], incarnation: 3 })))
    const risen = says('alive', ID.d, { incarnation: 4, address: addressOf(ID.d) })
    hear(member, from(ID.b), gossip(risen))
    t.is(member.get(ID.d)?.status, 'candidate')
    // The dead one of before cannot come back with an older life, whoever says so.
    hear(member, from(ID.d, 3), { kind: 'ack', seq: 99, viewHash: 0, loopLagMs: 0, updates: [] })
    t.is(member.get(ID.d)?.status, 'candidate')
    if (sealed) hear(member, from(ID.b), gossip({ ...risen, signature: PROOF }))
    else hear(member, from(ID.d, 4), { kind: 'ack', seq: 99, viewHash: 0, loopLagMs: 0, updates: [] })
    t.is(member.get(ID.d)?.status, 'alive')
  }
})

test('a candidate is pinged, and forgotten when it never answers', t => {
  const member = memberAmong([ID.b])
  hear(member, from(ID.b), gossip(says('alive', ID.e, { address: addressOf(ID.e) })))
  t.is(member.get(ID.e)?.status, 'candidate')
  t.is(member.liveCount, 2)
  const pinged = runSilent(member, 8_000).flatMap(({ outputs }) =>
    outputs.filter(({ kind, to }) => kind === 'datagram' && to === addressOf(ID.e)),
  )
  t.is(pinged.length, 3)
  t.is(member.get(ID.e), undefined)
})

test('a forged record changes nothing and is reported', t => {
  const member = memberAmong([ID.b, ID.c], true)
  const before = member.viewHash
  const forged = says('alive', ID.c, { incarnation: 5, address: 'evil:1', signature: new Uint8Array([9]) })
  const { events } = hear(member, from(ID.b), gossip(forged))
  t.is(member.viewHash, before)
  t.deepEqual(events, [{ type: 'MEMBER_CONFLICT', id: ID.c, reason: 'forged' }])
  // Nor does an unsigned farewell in another's name.
  hear(member, from(ID.b), gossip(says('left', ID.c)))
  t.is(member.get(ID.c)?.status, 'alive')
})

test('after standing still nobody is accused for a full period, however silent they seem', t => {
  const member = memberAmong([ID.b, ID.c, ID.d])
  runSilent(member, 1_050)
  const stalled = member.step({ kind: 'tick', nowMs: 4_000, loopLagMs: 2_900 })
  t.deepEqual(
    stalled.events.map(({ type }) => type),
    ['SELF_STALLED'],
  )
  t.is(member.localHealth, 3)
  t.false(typesOf(runSilent(member, 5_000)).includes('MEMBER_SUSPECT'))
})

test('a host that is often a little late still finds the dead, and takes itself for well', t => {
  const member = memberAmong([ID.b, ID.c, ID.d])
  const period = PRESETS.lan.probeIntervalMs
  const types: string[] = []
  // Late by a fifth of a second, two times in every period.
  for (let nowMs = period; nowMs < 60 * period && member.get(ID.b)?.status !== 'dead'; nowMs += period / 2) {
    types.push(...typesOf(runSilent(member, nowMs - 200)))
    types.push(...typesOf([member.step({ kind: 'tick', nowMs, loopLagMs: 200 })]))
  }
  t.is(member.get(ID.b)?.status, 'dead')
  t.false(types.includes('SELF_STALLED'))
})

test('a probe that was open during a hiccup gets its length, and as much again, before it fails', t => {
  const member = memberAmong([ID.b])
  runSilent(member, 1_050)
  const dueMs = member.nextWakeMs
  const { events } = member.step({ kind: 'tick', nowMs: dueMs + 300, loopLagMs: 300 })
  t.deepEqual(events, [])
  t.false(typesOf(runSilent(member, dueMs + 300 + 590)).includes('MEMBER_SUSPECT'))
  t.true(typesOf(runSilent(member, dueMs + 300 + 1_500)).includes('MEMBER_SUSPECT'))
})

test('a suspicion that would run out right after standing still waits a full period too', t => {
  const member = memberAmong([ID.b, ID.c, ID.d, ID.e])
  hear(member, from(ID.b), gossip(says('suspect', ID.e, { accusers: [ID.b, ID.c, ID.d] })))
  runSilent(member, 2_800)
  const nowMs = member.nextWakeMs + 3_000
  member.step({ kind: 'tick', nowMs, loopLagMs: 3_000 })
  runSilent(member, nowMs + PRESETS.lan.probeIntervalMs - 50)
  t.is(member.get(ID.e)?.status, 'suspect')
  runSilent(member, nowMs + PRESETS.lan.probeIntervalMs + 50)
  t.is(member.get(ID.e)?.status, 'dead')
})

test('messages that were read first do not hide how late the tick is', t => {
  const member = memberAmong([ID.b, ID.c])
  runSilent(member, 1_050)
  hear(member, from(ID.b), gossip(), 9_000)
  const { events } = member.step({ kind: 'tick', nowMs: 9_000, loopLagMs: 0 })
  t.is(events[0]?.type, 'SELF_STALLED')
})

test('two ids at one address stay two, and one that answers in the other’s place is reported', t => {
  const member = memberAmong([ID.b])
  let probe: Message | undefined
  for (const { outputs } of runSilent(member, 1_000))
    for (const output of outputs) if (output.kind === 'datagram') probe ??= output.message
  if (probe?.kind !== 'ping') return t.fail()
  const impostor: Sender = { ...from(ID.c), address: addressOf(ID.b) }
  const ack: Message = { kind: 'ack', seq: probe.seq, viewHash: 0, loopLagMs: 0, updates: [] }
  const { events } = hear(member, impostor, ack, 1_001)
  t.true(events.some(event => event.type === 'MEMBER_CONFLICT' && event.reason === 'address-reused'))
  t.is(member.get(ID.b)?.status, 'alive')
  t.is(member.get(ID.c)?.address, addressOf(ID.b))
  t.true(typesOf(runSilent(member, 5_000)).includes('MEMBER_SUSPECT'))
})

test('one id at two addresses keeps the one it announced', t => {
  const member = memberAmong([ID.b])
  const { events } = hear(member, { ...from(ID.b), address: 'elsewhere:1' }, gossip())
  t.is(member.get(ID.b)?.address, addressOf(ID.b))
  t.like(events[0] ?? {}, { type: 'MEMBER_CONFLICT', reason: 'address-differs' })
})

test('a farewell ends the epoch, and the next epoch is welcome', t => {
  const member = memberAmong([ID.b, ID.c])
  hear(member, from(ID.c), gossip(says('left', ID.c)))
  t.is(member.get(ID.c)?.status, 'left')
  hear(member, from(ID.c, 7), gossip(says('alive', ID.c, { incarnation: 7, address: addressOf(ID.c) })))
  t.is(member.get(ID.c)?.status, 'left')
  const { events } = hear(member, from(ID.c, 0, 2), gossip())
  t.is(member.get(ID.c)?.status, 'alive')
  t.is(events[0]?.type, 'MEMBER_ALIVE')
})

test('leaving tells others as often as news is told, and then rests', t => {
  const member = memberAmong([ID.b, ID.c])
  const results = [member.step({ kind: 'leave', nowMs: 5 }), ...runSilent(member, 10_000)]
  const farewells = results.flatMap(({ outputs }) =>
    outputs.filter(
      output =>
        output.kind === 'datagram' &&
        output.message.kind === 'gossip' &&
        output.message.updates.some(({ state }) => state === 'left'),
    ),
  )
  t.is(farewells.length, 4)
  t.deepEqual(typesOf(results), ['SELF_LEFT'])
  t.is(member.nextWakeMs, Infinity)
})

test('application events arrive once', t => {
  const member = memberAmong([ID.b])
  const payload = new Uint8Array([1, 2])
  const event: Message = { kind: 'event', lamport: 3, author: ID.b, name: 'deploy', payload }
  t.is(hear(member, from(ID.b), event).events.length, 1)
  t.is(hear(member, from(ID.b), event).events.length, 0)
})

/** What may be said of two others. Of a life that is accused its subject has spoken too, sooner or later. */
const sayings: fc.Arbitrary<readonly Update[]> = fc
  .record({
    state: fc.constantFrom('alive' as const, 'suspect' as const, 'dead' as const, 'left' as const),
    id: fc.constantFrom(ID.b, ID.c),
    epoch: fc.integer({ min: 1, max: 2 }),
    incarnation: fc.nat(2),
    accuser: fc.constantFrom(ID.d, ID.e, 'ff'.repeat(16)),
  })
  .map(({ accuser, state, ...life }) => {
    const alive: Update = { state: 'alive', ...life, signature: PROOF, address: addressOf(life.id) }
    if (state === 'alive') return [alive]
    if (state === 'left') return [{ state, ...life, signature: PROOF }]
    return [alive, { state, ...life, accusers: [accuser] }]
  })

function viewAfter(list: readonly Update[]): unknown {
  const member = memberAmong([ID.b, ID.c, ID.d, ID.e], true)
  for (const update of list) hear(member, from(ID.d), gossip(update))
  return [ID.b, ID.c].map(id => {
    const { status, epoch, incarnation, accusers = [] } = member.get(id) ?? {}
    // After a farewell nothing of that epoch counts any more, nor who accused a dead one.
    return [status, epoch, status === 'left' ? 0 : incarnation, status === 'suspect' ? accusers : []]
  })
}

test('merging is commutative, associative and idempotent: order and repetition do not matter', t => {
  const stories = fc
    .array(sayings, { maxLength: 6 })
    .map(said => said.flat())
    .chain(list =>
      fc.tuple(fc.constant(list), fc.shuffledSubarray([...list, ...list], { minLength: list.length * 2 })),
    )
  t.notThrows(() =>
    fc.assert(
      fc.property(stories, ([list, shuffled]) => {
        const known = viewAfter(list)
        return JSON.stringify(known) === JSON.stringify(viewAfter(shuffled))
      }),
      { numRuns: 3_000 },
    ),
  )
})

test('no member takes another to a life that it never began, nor uses up its incarnations', t => {
  const far = [{ epoch: 2 ** 50 }, { incarnation: 2 ** 52 }]
  for (const life of far) {
    const member = memberAmong([ID.b, ID.c, ID.d], true)
    const accusers = [ID.b, ID.c]
    hear(member, from(ID.b), gossip(says('dead', ID.d, { ...life, accusers })))
    hear(member, from(ID.b), gossip(says('suspect', ID.d, { ...life, accusers })))
    hear(member, from(ID.b), gossip(says('alive', ID.d, { ...life, address: 'evil:1' })))
    hear(member, { ...from(ID.d), ...life }, gossip())
    t.like(member.get(ID.d), { status: 'alive', epoch: 1, incarnation: 0, address: addressOf(ID.d) })
    // What is said of ourselves moves us no further either.
    for (const state of ['dead', 'suspect', 'alive', 'left'] as const)
      hear(member, from(ID.b), gossip(says(state, ID.self, { ...life, accusers })))
    t.is(member.self.incarnation, 0)
    // It dies as it lived, and comes back when it says so itself.
    hear(member, from(ID.b), gossip(says('dead', ID.d, { accusers })))
    hear(member, from(ID.b), gossip(says('dead', ID.d, { ...life, accusers })))
    t.like(member.get(ID.d), { status: 'dead', epoch: 1, incarnation: 0 })
    const back = says('alive', ID.d, { epoch: 2, address: addressOf(ID.d), signature: PROOF })
    hear(member, from(ID.b), gossip(back))
    t.like(member.get(ID.d), { status: 'alive', epoch: 2 })
  }
})

test('where lives are proven, a packet that comes as from a member speaks for it only with its signature', t => {
  const member = memberAmong([ID.b, ID.d], true)
  hear(member, from(ID.d), gossip(says('left', ID.d)))
  hear(member, from(ID.d), gossip(says('alive', ID.d, { incarnation: 9, address: 'evil:1' })))
  hear(member, from(ID.d), { kind: 'join', record: says('alive', ID.d, { epoch: 9, address: 'evil:1' }) })
  t.like(member.get(ID.d), { status: 'alive', epoch: 1, incarnation: 0, address: addressOf(ID.d) })
  hear(member, from(ID.d), gossip(says('left', ID.d, { signature: PROOF })))
  t.is(member.get(ID.d)?.status, 'left')
})

test('an accusation that overtook the life it is about counts when its subject has begun that', t => {
  const member = memberAmong([ID.b, ID.c, ID.d], true)
  hear(member, from(ID.b), gossip(says('suspect', ID.d, { epoch: 2, accusers: [ID.b] })))
  hear(member, from(ID.c), gossip(says('suspect', ID.d, { epoch: 2, accusers: [ID.c] })))
  t.like(member.get(ID.d), { status: 'alive', epoch: 1 })
  hear(member, from(ID.b), gossip(says('alive', ID.d, { epoch: 2, address: 'dd:1', signature: PROOF })))
  t.like(member.get(ID.d), { status: 'suspect', epoch: 2, accusers: [ID.b, ID.c] })
})

test('a packet that speaks of a later epoch is answered with a question for its proof', t => {
  const member = memberAmong([ID.b, ID.d], true)
  const { outputs } = hear(member, from(ID.d, 0, 2), gossip())
  t.like(member.get(ID.d), { epoch: 1 })
  const kinds = outputs.map(output => (output.kind === 'datagram' ? output.message.kind : output.kind))
  t.deepEqual(kinds, ['digest'])
})
