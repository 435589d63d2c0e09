import test from 'ava'
import fc from 'fast-check'
import { SeededRandom } from '../../ports/seeded-random.ts'
import type { Message } from '../core/messages.ts'
import { CLUSTER, GROUP_KEY, NACK, OTHER_KEY } from './channel-world.test.kit.ts'
import { messages } from './arbitrary-messages.test.kit.ts'
import { createKeyring } from './keyring.ts'
import { createMemberIdentity } from './member-identity.ts'
import { encodeBody, type Handshake } from './packet-body.ts'
import { PacketSealer } from './packet-sealer.ts'
import { STREAM_NONCE_BYTES, type StreamCredentials, StreamSeal } from './stream-seal.ts'

function credentials(name: string, groupKey = GROUP_KEY, clusterId = CLUSTER): StreamCredentials {
  const keyring = createKeyring([groupKey])
  return {
    clusterId,
    keyring,
    identity: createMemberIdentity(new SeededRandom(name).bytes(32)),
    sealer: new PacketSealer(keyring, new SeededRandom(`${name} session`)),
    self: () => ({ epoch: 2, incarnation: 1 }),
  }
}

const nonce = (name: string) => new SeededRandom(name).bytes(STREAM_NONCE_BYTES)

/** The two ends of one connection, after they said hello. */
function met(dialer: StreamCredentials, acceptor: StreamCredentials, connection = 'one') {
  const two = ends(dialer, acceptor, connection)
  const [speaker, answerer] = [
    two.acceptor.openHello(two.dialer.hello()),
    two.dialer.openHello(two.acceptor.hello()),
  ]
  if (speaker === undefined || answerer === undefined) throw new Error('They do not know each other.')
  return { ...two, speaker, answerer }
}

/** The two ends of one connection. */
function ends(dialer: StreamCredentials, acceptor: StreamCredentials, connection = 'one') {
  const nonces = [nonce(`${connection} d`), nonce(`${connection} a`)] as const
  return {
    dialer: new StreamSeal(dialer, 'dialer', ...nonces),
    acceptor: new StreamSeal(acceptor, 'acceptor', ...nonces),
  }
}

const [a, b] = [credentials('a'), credentials('b')]

test('two members introduce themselves and pass a message, whatever it is', t => {
  const { dialer, acceptor, speaker, answerer } = met(a, b)
  t.deepEqual(speaker, { id: a.identity.id, epoch: 2, incarnation: 1 })
  t.is(answerer.id, b.identity.id)
  fc.assert(
    fc.property(messages, message => {
      t.deepEqual(acceptor.openMessage(dialer.message(message), speaker), { speaker, message })
    }),
  )
})

test('a packet of one connection says nothing on another, nor sent back, nor as a datagram', t => {
  const { dialer, acceptor, speaker } = met(a, b)
  const hello = dialer.hello()
  const message = dialer.message(NACK)
  const other = met(a, b, 'two')
  t.is(other.acceptor.openHello(hello), undefined)
  t.is(other.acceptor.openMessage(message, speaker), undefined)
  t.is(dialer.openHello(hello), undefined)
  t.is(dialer.openMessage(message, speaker), undefined)
  const datagram = b.sealer.seal(new Uint8Array(40), Buffer.from(CLUSTER))
  t.is(acceptor.openMessage(datagram, speaker), undefined)
})

test('nobody without the key, of another cluster, or under another id is let in', t => {
  const { acceptor } = ends(a, b)
  t.is(acceptor.openHello(ends(credentials('a', OTHER_KEY), b).dialer.hello()), undefined)
  t.is(acceptor.openHello(ends(credentials('a', GROUP_KEY, 'c-other'), b).dialer.hello()), undefined)
  // The id of another needs the key of another.
  const thief = { ...a, identity: { ...a.identity, id: b.identity.id } }
  t.is(acceptor.openHello(ends(thief, b).dialer.hello()), undefined)
  const honest = met(a, b)
  const { speaker } = honest
  const liar = ends(thief, b).dialer
  t.truthy(liar.openHello(honest.acceptor.hello()))
  t.is(honest.acceptor.openMessage(liar.message(NACK), speaker), undefined)
})

test('a member between two others passes on who they are, and can say nothing for them', t => {
  const { dialer, acceptor, speaker, answerer } = met(a, b)
  // It has the group key and saw all that was said: sealed under that key, nothing after a hello is taken.
  const context = (side: string) =>
    Buffer.concat([Buffer.from(CLUSTER), Buffer.of(0), nonce('one d'), nonce('one a'), Buffer.from(side)])
  const forged = (message: Message | Handshake, id: string, session: string, side: string) => {
    const sealer = new PacketSealer(createKeyring([GROUP_KEY]), {
      bytes: count => (count === 8 ? Buffer.from(session, 'hex') : new Uint8Array(count).fill(7)),
      fraction: () => 0,
    })
    return sealer.seal(encodeBody({ id, epoch: 2, incarnation: 1 }, message), context(side))
  }
  t.is(acceptor.openMessage(forged(NACK, speaker.id, a.sealer.session, 'dialer'), speaker), undefined)
  const taken: Handshake = { kind: 'handshake', key: b.sealer.publicKey }
  t.false(dialer.openTaken(forged(taken, answerer.id, b.sealer.session, 'acceptor'), answerer))
  t.true(dialer.openTaken(acceptor.taken(), answerer))
})

test('a changed bit, a cut packet and random bytes are refused and never throw', t => {
  const { dialer, acceptor, speaker } = met(a, b)
  const packets: readonly Message[] = [NACK, { kind: 'welcome', records: [] }]
  for (const packet of packets.map(message => dialer.message(message))) {
    fc.assert(
      fc.property(fc.nat(packet.length * 8 - 1), bit => {
        const changed = Uint8Array.from(packet)
        changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7))
        return acceptor.openMessage(changed, speaker) === undefined
      }),
    )
    for (let length = 0; length < packet.length; length++)
      t.is(acceptor.openMessage(packet.subarray(0, length), speaker), undefined)
  }
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), bytes => acceptor.openHello(bytes) === undefined))
})
