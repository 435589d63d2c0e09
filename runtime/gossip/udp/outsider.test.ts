import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { connect } from 'node:net'
import test from 'ava'
import { pollUntil } from '../../../simulations/kit/poll-until.ts'
import type { TeardownContext } from '../../../simulations/kit/teardown-context.ts'
import { SeededRandom } from '../../ports/seeded-random.ts'
import { formatGossipAddress, parseGossipAddress } from './gossip-address.ts'
import { HASTY, startCluster, startHost, toldOf, type Watched } from './host-cluster.test.kit.ts'
import { STREAMS_IN_MAX } from './udp-limits.ts'

interface Wire {
  readonly address: string
  /** What it passed on, with whom it was for. */
  readonly seen: { readonly datagram: Buffer; readonly to: string }[]
}

async function openSocket(t: TeardownContext): Promise<Socket> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1')
  await once(socket, 'listening')
  t.teardown(() => void socket.close())
  return socket
}

/** Somebody on the wire: passes on all that goes to or comes from one member, and keeps a copy. */
async function tap(t: TeardownContext, target: () => string): Promise<Wire> {
  const front = await openSocket(t)
  const backs = new Map<string, Socket>()
  const seen: Wire['seen'] = []
  const pass = (socket: Socket, datagram: Buffer, to: string): void => {
    seen.push({ datagram, to })
    const { host, port } = parseGossipAddress(to)
    socket.send(datagram, port, host)
  }
  const onward = async (datagram: Buffer, from: string): Promise<void> => {
    let back = backs.get(from)
    if (back === undefined) {
      back = await openSocket(t)
      back.on('message', answer => pass(front, answer, from))
      backs.set(from, back)
    }
    pass(back, datagram, target())
  }
  front.on('message', (datagram, { address, port }) => {
    void onward(datagram, formatGossipAddress({ host: address, port }))
  })
  return { address: `127.0.0.1:${front.address().port}`, seen }
}

function sendAll(socket: Socket, datagrams: readonly Uint8Array[], to: Watched): Promise<unknown> {
  const { host, port } = parseGossipAddress(to.host.address)
  return Promise.all(
    datagrams.map(datagram => new Promise(resume => socket.send(datagram, port, host, resume))),
  )
}

const troubles = (of: Watched) =>
  of.events.filter(({ type }) => ['MEMBER_DEAD', 'MEMBER_LEFT', 'MEMBER_CONFLICT'].includes(type))

test('somebody on the wire can read nothing, and what they recorded does nothing', async t => {
  const seed = await startHost({ name: 'seed' })
  t.teardown(() => seed.host.close())
  const wire = await tap(t, () => seed.host.address)
  const member = await startHost({ name: 'member' })
  t.teardown(() => member.host.close())
  member.host.join([wire.address])
  await pollUntil('they know each other', () => member.host.member.liveCount === 2)
  const secret = Buffer.from('the password of the wallet')
  member.host.broadcast('secret-name', secret)
  await pollUntil('the event arrived', () => seed.events.some(({ type }) => type === 'EVENT_RECEIVED'))
  t.true(wire.seen.length > 0)
  for (const { datagram } of wire.seen)
    for (const word of [secret, Buffer.from('secret-name'), Buffer.from('127.0.0.1')])
      t.false(datagram.includes(word))

  const events = seed.events.filter(({ type }) => type === 'EVENT_RECEIVED').length
  const { packetsTaken, sessionsAdmitted } = seed.host.stats.channel
  const { replayed } = seed.host.stats.channel.refused
  const outsider = await openSocket(t)
  await sendAll(
    outsider,
    wire.seen.filter(({ to }) => to === seed.host.address).map(({ datagram }) => datagram),
    seed,
  )
  await pollUntil('the recording was heard', () => seed.host.stats.channel.refused.replayed > replayed)
  t.is(seed.events.filter(({ type }) => type === 'EVENT_RECEIVED').length, events)
  t.is(seed.host.stats.channel.sessionsAdmitted, sessionsAdmitted)
  t.true(seed.host.stats.channel.packetsTaken >= packetsTaken)
  t.is(seed.host.stats.inputsFailed, 0)
})

test('without the key nobody joins, kills or floods', async t => {
  const [first, second, third] = await startCluster(t, 3)
  if (!first || !second || !third) return t.fail()
  const keyless = await startHost({ name: 'keyless', groupKey: new SeededRandom('guess').bytes(32) })
  const foreign = await startHost({ name: 'foreign', clusterId: 'c-elsewhere' })
  for (const { host } of [keyless, foreign]) {
    t.teardown(() => host.close())
    host.join([first.host.address])
  }
  const outsider = await openSocket(t)
  let repliedBytes = 0
  outsider.on('message', datagram => (repliedBytes += datagram.length))
  const random = new SeededRandom('flood')
  // What anybody on the wire can see of packets, with a session and a counter that could be.
  const header = () => {
    const session = Buffer.from(random.bytes(8))
    const flags = random.fraction() < 0.5 ? '00' : '02'
    const start = Buffer.from(`4b4f01${flags}${first.host.keyring.state.primary}`, 'hex')
    return Buffer.concat([start, session, Buffer.from('0000000000000007', 'hex')])
  }
  const inBefore = first.host.stats.datagramsIn
  let sentBytes = 0
  for (let burst = 0; burst < 40; burst++) {
    const datagrams = Array.from({ length: 100 }, () => {
      const bytes = random.bytes(1 + random.integer(1_100))
      return random.fraction() < 0.5 ? bytes : Buffer.concat([header(), bytes])
    })
    sentBytes += datagrams.reduce((sum, { length }) => sum + length, 0)
    await sendAll(outsider, datagrams, first)
  }
  const { host: name, port } = parseGossipAddress(first.host.address)
  const crowd = Array.from({ length: STREAMS_IN_MAX + 20 }, () => connect(port, name).on('error', () => {}))
  await pollUntil('the crowd was turned away', () => first.host.stats.streamsRefused > 0)
  crowd.forEach(socket => socket.destroy())
  const failed = first.host.stats.streamsFailed
  const caller = connect(port, name).on('error', () => {})
  // A nonce, and a frame that claims to be of 4 GiB.
  caller.write(Buffer.alloc(64, 0xff))
  await pollUntil('the caller was cut off', () => first.host.stats.streamsFailed > failed)
  t.teardown(() => void caller.destroy())
  t.teardown(() => void crowd.forEach(socket => socket.destroy()))
  await pollUntil('the flood was heard', () => first.host.stats.datagramsIn > inBefore + 1_000)
  await pollUntil('strangers were turned away', () => {
    const { refused } = first.host.stats.channel
    return refused.limited > 0 && refused.unsealed > 0 && refused['unknown-key'] > 0 && refused.foreign > 0
  })
  // The cluster goes on: each is probed and answers.
  const probes = third.events.length
  await pollUntil('the members go on', () => third.events.length > probes + 10)
  // Under a key of a pair that it may have forgotten it asks who is there, so often a second and no more.
  t.true(repliedBytes < sentBytes / 10, `${sentBytes} bytes brought ${repliedBytes}`)
  t.is(first.host.stats.channel.sessionsKnown, 2)
  for (const one of [first, second, third]) {
    t.is(one.host.member.liveCount, 3)
    t.deepEqual(troubles(one), [])
    t.is(toldOf(one, 'MEMBER_JOINED').length, 2)
    t.is(one.host.stats.inputsFailed, 0)
  }
  for (const stranger of [keyless, foreign]) t.is(stranger.host.member.liveCount, 1)
})

test('strangers that hold every stream make room for a member', async t => {
  const [first, second] = await startCluster(t, 2)
  if (!first || !second) return t.fail()
  const { host, port } = parseGossipAddress(first.host.address)
  const crowd = Array.from({ length: 2 * STREAMS_IN_MAX }, () => connect(port, host).on('error', () => {}))
  t.teardown(() => void crowd.forEach(socket => socket.destroy()))
  await pollUntil('all streams are taken', () => first.host.stats.streamsRefused >= STREAMS_IN_MAX)
  const pieces = second.host.request(first.host.address, 'nothing', new Uint8Array())[Symbol.asyncIterator]()
  // It was heard, and told that nobody serves this.
  await t.throwsAsync(pieces.next(), { code: 'KONOR_GOSSIP_REQUEST_REFUSED' })
})

test('the stream says who is there, to members alone', async t => {
  const [first, second] = await startCluster(t, 2, { ...HASTY, digestIntervalMs: 300 })
  if (!first || !second) return t.fail()
  await pollUntil(
    'a welcome went by stream',
    () => second.host.stats.streamsIn + first.host.stats.streamsIn > 0,
  )
  t.is(first.host.stats.streamsFailed + second.host.stats.streamsFailed, 0)
})
