import test from 'ava'
import fc from 'fast-check'
import { SeededRandom } from '../../ports/seeded-random.ts'
import type { Message } from '../core/messages.ts'
import {
  deliver,
  type Flight,
  NACK,
  openedWithGroupKey,
  OTHER_KEY,
  PING,
  sealedByInsider,
  type Station,
  station,
  talk,
} from './channel-world.test.kit.ts'
import { keyIdOf } from './packet-keys.ts'
import { createSessionKey } from './session-key.ts'
import { AMPLIFICATION_MAX, COUNTER_MAX } from './wire-limits.ts'

const ACK: Message = {
  kind: 'ack',
  seq: 7,
  viewHash: 1,
  loopLagMs: 0,
  updates: [],
  heartbeat: Uint8Array.of(1),
}
const GOSSIP: Message = {
  kind: 'gossip',
  updates: [{ state: 'dead', id: 'ab'.repeat(16), epoch: 1, incarnation: 0, accusers: [] }],
}

test('an insider at the address of another can make nothing count as said by it', t => {
  const [a, b] = [station('a'), station('b')]
  talk(a, b, PING)
  const before = [...b.channel.peers()].map(peer => ({ ...peer }))
  for (const message of [
    ACK,
    GOSSIP,
    PING,
    NACK,
    { kind: 'join', record: { state: 'alive', id: a.identity.id, epoch: 2, incarnation: 0 } } as const,
  ]) {
    const datagram = sealedByInsider(a, message, 2 ** 40)
    const receipt = b.channel.receive(datagram, a.address, 5)
    t.like(receipt, { verdict: 'refused', reason: 'unproven' })
    const repliedBytes = receipt.replies.reduce((sum, { length }) => sum + length, 0)
    t.true(repliedBytes <= AMPLIFICATION_MAX * datagram.length)
    // Neither does saying that it is sealed for the two make it so.
    const marked = Uint8Array.from(datagram)
    marked[3] = 2
    t.like(b.channel.receive(marked, a.address, 5), { verdict: 'refused', reason: 'unsealed' })
  }
  t.deepEqual(b.heard, [PING])
  t.deepEqual([...b.channel.peers()], before)
  // Nor was its session shut out by the counters that were claimed.
  t.is(talk(a, b, NACK, 6).length, 1)
  t.deepEqual(b.heard, [PING, NACK])
})

test('an insider that passes handshakes on chooses neither keys nor counters', t => {
  const [a, b] = [station('a'), station('b')]
  const knock = a.channel.seal(PING, b.address, 0)
  const [answer = new Uint8Array()] = b.channel.receive(knock, a.address, 0).replies
  const [echo = new Uint8Array()] = a.channel.receive(answer, b.address, 0).replies
  const said = openedWithGroupKey(echo)?.message
  if (said?.kind !== 'handshake') return t.fail('an echo')
  const mallory = station('m')
  const thiefs = createSessionKey(new SeededRandom('thief').bytes(32)).publicKey
  for (const forged of [
    sealedByInsider(a, said, COUNTER_MAX),
    sealedByInsider(a, { ...said, key: thiefs }, 2),
  ])
    t.like(b.channel.receive(forged, a.address, 0), { reason: 'disproven' })
  // What a signed for b is of no use to another, and the other way round.
  t.is(mallory.channel.receive(echo, a.address, 0).verdict, 'refused')
  t.is(b.channel.stats.sessionsKnown, 0)
  t.is(b.channel.receive(echo, a.address, 0).verdict, 'handshake')
  t.is(b.channel.stats.sessionsKnown, 1)
})

test('an insider that has another sign for its own address draws nobody there', t => {
  const [a, b] = [station('a'), station('b')]
  talk(a, b, PING)
  // In the session of a it gets a cookie of b for its address, and in the session of b the signature of a.
  const asked = b.channel.receive(sealedByInsider(a, PING), 'm:1', 0).replies[0] ?? new Uint8Array()
  const cookie = openedWithGroupKey(asked)?.message
  if (cookie?.kind !== 'handshake') return t.fail('a challenge')
  const signed = a.channel.receive(sealedByInsider(b, cookie), 'm:1', 0).replies[0] ?? new Uint8Array()
  const said = openedWithGroupKey(signed)?.message
  t.true(said?.kind === 'handshake' && said.proof !== undefined)
  t.is(b.channel.receive(signed, 'm:1', 0).verdict, 'handshake')
  t.is(b.channel.addressOf(a.identity.id), a.address)
  t.is(talk(a, b, NACK, 1).length, 1)
  t.is(talk(b, a, NACK, 1).length, 1)
  t.deepEqual(b.heard, [PING, NACK])
})

test('two that know each other elsewhere than they meet again come to an end', t => {
  const [a, b] = [station('a'), station('b')]
  talk(a, b, PING)
  const [aThere, bThere] = [
    { ...a, address: 'a:2' },
    { ...b, address: 'b:2' },
  ]
  t.true(talk(aThere, bThere, { ...PING, seq: 8 }, 1_000).length <= 12)
  t.deepEqual(b.heard.at(-1), { ...PING, seq: 8 })
  t.is(talk(bThere, aThere, NACK, 2_000).length, 1)
  t.deepEqual(a.heard, [NACK])
})

test('what two say once they have met opens for nobody else, and handshakes alone go before', t => {
  const [a, b] = [station('a'), station('b')]
  const flown = [...talk(a, b, PING), ...talk(b, a, ACK), ...talk(a, b, GOSSIP)]
  const kinds = flown.map(({ datagram }) => openedWithGroupKey(datagram)?.message.kind)
  t.deepEqual(kinds, ['handshake', 'handshake', 'handshake', ...Array<undefined>(3).fill(undefined)])
  // Not either with the group key at hand and the session of its own.
  const mallory = station('m')
  talk(mallory, b, PING)
  talk(mallory, a, PING)
  for (const { datagram, from } of flown.slice(3))
    t.is(mallory.channel.receive(datagram, from, 0).verdict, 'refused')
})

/** Both want to say something at the same instant; some of what flies is lost. */
function converse(a: Station, b: Station, lost: () => boolean, nowMs: number): number {
  const queue: Flight[] = [
    { from: a.address, to: b, datagram: a.channel.seal(PING, b.address, nowMs) },
    { from: b.address, to: a, datagram: b.channel.seal(PING, a.address, nowMs) },
  ]
  let flown = 0
  for (let flight = queue.shift(); flight !== undefined; flight = queue.shift()) {
    flown++
    if (flown > 60) throw new Error('They never stop talking.')
    if (lost()) continue
    const [from, to] = flight.to === b ? [b, a] : [a, b]
    for (const datagram of deliver(flight, nowMs)) queue.push({ from: from.address, to, datagram })
  }
  return flown
}

test('both that meet at once are heard, and know each other from then on', t => {
  const [a, b] = [station('a'), station('b')]
  t.true(converse(a, b, () => false, 0) <= 12)
  t.true(a.heard.length > 0 && b.heard.length > 0)
  t.is(
    converse(a, b, () => false, 1_000),
    2,
  )
})

test('two meet although 30 % of all is lost, whoever was started anew', t => {
  t.notThrows(() =>
    fc.assert(
      fc.property(fc.nat(1_000_000), seed => {
        const random = new SeededRandom(seed)
        const lost = () => random.fraction() < 0.3
        const a = station('a', { seed: String(seed) })
        for (const start of [1, 2, 3]) {
          const b = station('b', { seed: `${seed} ${start}` })
          const heard = a.heard.length
          for (let second = 0; second < 40 && (a.heard.length === heard || b.heard.length === 0); second++)
            converse(a, b, lost, start * 100_000 + second * 1_000)
          // Once without loss, so that who lacks the other is told so.
          converse(a, b, () => false, start * 100_000 + 50_000)
          if (converse(a, b, () => false, start * 100_000 + 51_000) !== 2) return false
          if (a.heard.length === heard || b.heard.length === 0) return false
        }
        return a.channel.stats.sessionsKnown === 1
      }),
      { numRuns: 60 },
    ),
  )
})

test('who holds the session that a peer had before its restart meets it anew, without losing the request', t => {
  const [a, b] = [station('a'), station('b')]
  talk(a, b, PING)
  const again = station('b', { seed: 'second start' })
  t.is(talk(a, again, { ...PING, seq: 8 }, 10).length, 5)
  t.deepEqual(again.heard, [{ ...PING, seq: 8 }])
  t.is(talk(again, a, PING, 11).length, 1)
  t.is(a.channel.stats.sessionsKnown, 1)
})

test('who answers from another address than it was asked at is known all the same', t => {
  const [a, b] = [station('a'), station('b')]
  const asked = { ...b, address: 'b-other-door:7602' }
  const send = (message: Message, nowMs: number) => {
    const queue = [{ from: a.address, to: b, datagram: a.channel.seal(message, asked.address, nowMs) }]
    for (let flight = queue.shift(); flight !== undefined; flight = queue.shift()) {
      const [from, to] = flight.to === b ? [b, a] : [a, b]
      for (const datagram of deliver(flight, nowMs)) queue.push({ from: from.address, to, datagram })
    }
  }
  send(PING, 0)
  send({ ...PING, seq: 8 }, 1_000)
  t.deepEqual(b.heard, [{ ...PING, seq: 8 }])
  // Met where it answers from first, and asked elsewhere then.
  const c = station('c')
  talk(c, b, PING, 2_000)
  const knock = c.channel.seal(PING, asked.address, 3_000)
  for (const datagram of deliver({ from: c.address, to: b, datagram: knock }, 3_000))
    deliver({ from: b.address, to: c, datagram }, 3_000)
  deliver({ from: c.address, to: b, datagram: c.channel.seal(NACK, asked.address, 4_000) }, 4_000)
  t.deepEqual(b.heard.at(-1), NACK)
})

test('whoever was rotated out is shut out of the pairs too', t => {
  const [a, b] = [station('a'), station('b')]
  talk(a, b, PING)
  a.keyring.install(OTHER_KEY)
  a.keyring.use(keyIdOf(OTHER_KEY))
  const receipt = b.channel.receive(a.channel.seal(PING, b.address, 1), a.address, 1)
  t.like(receipt, { reason: 'unknown-key', replies: [] })
  b.keyring.install(OTHER_KEY)
  t.is(talk(a, b, NACK, 2).length, 1)
  t.deepEqual(b.heard, [PING, NACK])
})

test("a key with which everybody agrees on the same is nobody's", t => {
  const key = createSessionKey(new SeededRandom('x').bytes(32))
  t.is(key.agree(new Uint8Array(32)), undefined)
  t.is(key.agree(new Uint8Array(31)), undefined)
  const other = createSessionKey(new SeededRandom('y').bytes(32))
  t.deepEqual(key.agree(other.publicKey), other.agree(key.publicKey))
})
