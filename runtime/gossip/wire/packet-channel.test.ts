import test from 'ava'
import fc from 'fast-check'
import {
  CLUSTER,
  deliver,
  GROUP_KEY,
  NACK,
  openedWithGroupKey,
  OTHER_KEY,
  PING,
  sealedByInsider,
  station,
  talk,
} from './channel-world.test.kit.ts'
import { createKeyring } from './keyring.ts'
import { encodeBody } from './packet-body.ts'
import { PacketSealer } from './packet-sealer.ts'
import { SeededRandom } from '../../ports/seeded-random.ts'
import { AMPLIFICATION_MAX, DATAGRAM_BYTES_MAX, SOURCE_BURST_PACKETS } from './wire-limits.ts'

test('strangers prove themselves to one another, and the request that began it arrives', t => {
  const [a, b] = [station('a'), station('b')]
  const flown = talk(a, b, PING)
  t.deepEqual(b.heard, [PING])
  // A challenge, echo and challenge, echo, and the ping.
  t.is(flown.length, 4)
  t.is(a.channel.stats.sessionsKnown, 1)
  t.is(b.channel.stats.sessionsKnown, 1)
  t.is(talk(b, a, PING).length, 1)
  t.deepEqual(a.heard, [PING])
  const receipt = a.receipts.at(-1)
  t.is(receipt?.verdict === 'message' ? receipt.sender.id : '', b.identity.id)
  t.is(receipt?.verdict === 'message' ? receipt.sender.address : '', 'b:7602')
})

test('to a stranger nothing is said but who asks, whatever the message', t => {
  const a = station('a')
  const datagram = a.channel.seal(NACK, 'b:7602', 0)
  t.is(openedWithGroupKey(datagram)?.message.kind, 'handshake')
})

test('nothing of a stranger reaches the core, whatever its kind', t => {
  const b = station('b')
  for (const message of [PING, NACK]) {
    const receipt = b.channel.receive(sealedByInsider(station('a'), message), 'a:7602', 0)
    t.is(receipt.verdict === 'refused' ? receipt.reason : '', 'unproven')
    t.is(receipt.replies.length, 1)
  }
  t.is(b.channel.stats.sessionsKnown, 0)
})

test('whatever flew once is refused when it comes again, from anywhere', t => {
  const [a, b] = [station('a'), station('b')]
  const flown = [...talk(a, b, PING), ...talk(a, b, NACK), ...talk(b, a, PING)]
  const heard = [a.heard.length, b.heard.length]
  for (const flight of flown)
    for (const from of [flight.from, 'elsewhere:1']) {
      const receipt = flight.to.channel.receive(flight.datagram, from, 1)
      t.is(receipt.verdict === 'refused' ? receipt.reason : receipt.verdict, 'replayed')
    }
  t.deepEqual([a.heard.length, b.heard.length], heard)
})

test('a recording of a whole meeting does nothing to a process that was started anew', t => {
  const [a, b] = [station('a'), station('b')]
  const recording = [...talk(a, b, PING), ...talk(a, b, NACK)].filter(({ to }) => to === b)
  const again = station('b', { seed: 'second start' })
  for (const flight of recording) deliver({ ...flight, to: again }, 5)
  t.deepEqual(again.heard, [])
  t.is(again.channel.stats.sessionsKnown, 0)
})

test('an echo that was recorded does not bring back a session that went', t => {
  const [a, b] = [station('a'), station('b', { sessionsMax: 1 })]
  const recording = talk(a, b, PING).filter(({ to }) => to === b)
  talk(station('c'), b, PING)
  t.is(b.channel.stats.sessionsKnown, 1)
  const heard = b.heard.length
  for (const flight of recording) deliver(flight, 1)
  t.is(b.heard.length, heard)
  t.is(b.channel.stats.sessionsAdmitted, 2)
  // The session itself, which lives, is let in again.
  talk(a, b, { ...PING, seq: 8 }, 2)
  t.is(b.heard.length, heard + 1)
})

test('any changed bit is refused, and so is any shortened packet', t => {
  const [a, b] = [station('a'), station('b')]
  talk(a, b, PING)
  const datagram = a.channel.seal(NACK, b.address, 0)
  fc.assert(
    fc.property(fc.nat(datagram.length * 8 - 1), bit => {
      const changed = Uint8Array.from(datagram)
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      return b.channel.receive(changed, a.address, 0).verdict === 'refused'
    }),
    { numRuns: 1_000 },
  )
  for (let length = 0; length < datagram.length; length++)
    t.is(b.channel.receive(datagram.subarray(0, length), a.address, 0).verdict, 'refused')
  t.is(b.channel.receive(datagram, a.address, 0).verdict, 'message')
})

test('another cluster with the same key is refused, and so is another key', t => {
  const b = station('b')
  const foreign = station('x', { clusterId: 'c-other' })
  const keyless = station('y', { groupKey: OTHER_KEY })
  t.like(b.channel.receive(foreign.channel.seal(PING, b.address, 0), 'x:1', 0), { reason: 'unsealed' })
  t.like(b.channel.receive(keyless.channel.seal(PING, b.address, 0), 'y:1', 0), { reason: 'unknown-key' })
  t.is(b.channel.stats.packetsSealed, 0)
})

test('who takes up the address of a session proves to be there first', t => {
  const [a, b] = [station('a'), station('b')]
  talk(a, b, PING)
  const moved = { ...a, address: 'a:9000' }
  const before = b.heard.length
  const receipt = b.channel.receive(a.channel.seal(NACK, b.address, 0), 'thief:1', 0)
  t.like(receipt, { reason: 'unproven' })
  talk(moved, b, { ...PING, seq: 9 })
  t.is(b.heard.length, before + 1)
  t.is([...b.channel.peers()][0]?.address, 'a:9000')
  t.is(b.channel.stats.sessionsKnown, 1)
})

test('a holder of the group key cannot speak for another member', t => {
  const [a, b] = [station('a'), station('b')]
  talk(a, b, PING)
  const mallory = station('m')
  talk(mallory, b, PING)
  const heard = b.heard.length
  // Mallory's session with the id of a: a proof is asked for, and only the key of a can make it.
  const context = Buffer.from(CLUSTER)
  const sealer = new PacketSealer(createKeyring([GROUP_KEY]), new SeededRandom('mallory'))
  const speaker = { id: a.identity.id, epoch: 1, incarnation: 0 }
  const lie = (message: Parameters<typeof encodeBody>[1]) =>
    sealer.seal(encodeBody(speaker, message), context)
  const asked = b.channel.receive(lie(NACK), 'm:2', 0)
  t.is(asked.replies.length, 1)
  const stolen = mallory.channel.receive(asked.replies[0] ?? new Uint8Array(), b.address, 0)
  t.is(stolen.verdict, 'handshake')
  const proof = mallory.identity.prove(Buffer.from('anything'))
  const key = sealer.publicKey
  const echo = b.channel.receive(lie({ kind: 'handshake', key, echo: new Uint8Array(16), proof }), 'm:2', 0)
  t.like(echo, { reason: 'disproven' })
  t.is(b.heard.length, heard)
})

test('replies to who has proven nothing are at most three times as long, whatever comes', t => {
  const b = station('b')
  const context = Buffer.from(CLUSTER)
  const big = 2 ** 53 - 1
  const keyring = createKeyring([GROUP_KEY])
  t.notThrows(() =>
    fc.assert(
      fc.property(
        fc.constantFrom(
          PING,
          NACK,
          { kind: 'handshake' as const, key: new Uint8Array(32), challenge: new Uint8Array(16) },
          { kind: 'handshake' as const, key: new Uint8Array(32) },
          { kind: 'error' as const, code: 'version' },
        ),
        fc.constantFrom(0, big),
        fc.nat(1_000_000),
        (message, epoch, seed) => {
          const sealer = new PacketSealer(keyring, new SeededRandom(seed))
          const speaker = { id: '00'.repeat(16), epoch, incarnation: epoch }
          const datagram = sealer.seal(encodeBody(speaker, message), context)
          const { replies } = b.channel.receive(datagram, `${seed}:1`, 0)
          const totalBytes = replies.reduce((sum, reply) => sum + reply.length, 0)
          return totalBytes <= AMPLIFICATION_MAX * datagram.length
        },
      ),
    ),
  )
})

test('strangers from one host are looked at so often and no more; known sessions are not held up', t => {
  const [a, b] = [station('a'), station('b')]
  talk(a, b, PING)
  const keyring = createKeyring([GROUP_KEY])
  let answered = 0
  for (let n = 0; n < 1_000; n++) {
    const sealer = new PacketSealer(keyring, new SeededRandom(n))
    const body = encodeBody({ id: '00'.repeat(16), epoch: 1, incarnation: 0 }, NACK)
    answered += b.channel.receive(sealer.seal(body, Buffer.from(CLUSTER)), `a:${n}`, 0).replies.length
  }
  t.true(answered > 0 && answered <= SOURCE_BURST_PACKETS)
  t.is(b.channel.stats.refused.limited, 1_000 - answered)
  t.is(b.channel.stats.sessionsKnown, 1)
  t.is(talk(a, b, NACK).length, 1)
  t.deepEqual(b.heard, [PING, NACK])
})

test('another version is told ours, in fewer bytes than it sent', t => {
  const [a, b] = [station('a'), station('b')]
  const datagram = Uint8Array.from(a.channel.seal({ ...PING, heartbeat: new Uint8Array(90) }, b.address, 0))
  datagram[2] = 9
  const receipt = b.channel.receive(datagram, a.address, 0)
  t.like(receipt, { reason: 'version' })
  t.is(receipt.replies.length, 1)
  t.true((receipt.replies[0]?.length ?? 0) <= datagram.length)
  const heard = a.channel.receive(receipt.replies[0] ?? new Uint8Array(), b.address, 0)
  // It is an authentic error of a stranger: counted, and never answered.
  t.is(heard.replies.length, 0)
})

test('what does not fit a datagram is refused where it is sealed', t => {
  const a = station('a')
  const update = { state: 'alive', id: 'ab'.repeat(16), epoch: 1, incarnation: 0 } as const
  const gossip = (count: number) => ({
    kind: 'gossip' as const,
    updates: Array.from({ length: count }, () => update),
  })
  t.throws(() => a.channel.seal(gossip(60), 'b:1', 0), { code: 'KONOR_GOSSIP_OVERSIZED' })
  t.true(a.channel.seal(gossip(40), 'b:1', 0).length <= DATAGRAM_BYTES_MAX)
})

test('random bytes and random changes never throw and never pass', t => {
  const [a, b] = [station('a'), station('b')]
  talk(a, b, PING)
  const datagram = a.channel.seal(PING, b.address, 0)
  fc.assert(
    fc.property(
      fc.oneof(
        fc.uint8Array({ maxLength: 1_300 }),
        fc
          .array(fc.tuple(fc.nat(datagram.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 })
          .map(changes => {
            const changed = Uint8Array.from(datagram)
            for (const [at, byte] of changes) changed[at] = (changed[at] ?? 0) ^ byte
            return changed
          })
          .filter(changed => Buffer.compare(changed, datagram) !== 0),
      ),
      fc.nat(100_000),
      (bytes, nowMs) => b.channel.receive(bytes, a.address, nowMs).verdict === 'refused',
    ),
    { numRuns: 2_000 },
  )
  t.is(b.heard.length, 1)
  t.is(b.channel.stats.sessionsKnown, 1)
})

test('two that meet at once and over and over end with one session each', t => {
  const [a, b] = [station('a'), station('b')]
  for (let n = 0; n < 20; n++) {
    const restarted = station('b', { seed: `start ${n}` })
    talk(a, restarted, { ...PING, seq: n }, n)
    t.deepEqual(restarted.heard, [{ ...PING, seq: n }])
    talk(restarted, a, { ...PING, seq: 100 + n }, n)
    t.like(a.heard.at(-1), { seq: 100 + n })
  }
  t.is(a.channel.stats.sessionsKnown, 1)
  t.is(b.heard.length, 0)
})
