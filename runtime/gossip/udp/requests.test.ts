import { once } from 'node:events'
import { createServer, connect, type Socket } from 'node:net'
import test from 'ava'
import { pollUntil } from '../../../simulations/kit/poll-until.ts'
import type { TeardownContext } from '../../../simulations/kit/teardown-context.ts'
import { nodeClock } from '../../ports/node/node-clock.ts'
import { nodeRandom } from '../../ports/node/node-random.ts'
import { SeededRandom } from '../../ports/seeded-random.ts'
import { createKeyring } from '../wire/keyring.ts'
import { createMemberIdentity } from '../wire/member-identity.ts'
import { PacketSealer } from '../wire/packet-sealer.ts'
import { STREAM_NONCE_BYTES, StreamSeal } from '../wire/stream-seal.ts'
import { REPLY_BYTES_MAX, REQUEST_BYTES_MAX } from '../wire/wire-limits.ts'
import { FrameStream } from './frame-stream.ts'
import { GossipStreams } from './gossip-streams.ts'
import { nodeSockets } from './node-sockets.ts'
import { RequestDesk, type RequestHandler } from './request-desk.ts'
import {
  REQUESTS_IN_MAX,
  REQUESTS_IN_OF_ONE_MAX,
  REQUESTS_OF_ONE_PER_SECOND,
  REQUESTS_OUT_MAX,
} from './udp-limits.ts'

const GROUP_KEY = new SeededRandom('requests').bytes(32)
const LOOPBACK = '127.0.0.1'
const FRAME_BYTES_MAX = 2_048

function credentialsOf(name: string) {
  const identity = createMemberIdentity(new SeededRandom(name).bytes(32))
  const keyring = createKeyring([GROUP_KEY])
  const sealer = new PacketSealer(keyring, nodeRandom)
  return { clusterId: 'c', identity, keyring, sealer, self: () => ({ epoch: 1, incarnation: 0 }) }
}

/** A member with a clock that a test moves. */
async function open(t: TeardownContext, name: string, progressTimeoutMs = 10_000) {
  const credentials = credentialsOf(name)
  const time = { nowMs: 0 }
  const desk = new RequestDesk(() => time.nowMs)
  const ports = { sockets: nodeSockets, clock: nodeClock, random: nodeRandom }
  const options = { ...ports, credentials, onMessage: () => {}, desk, progressTimeoutMs }
  const streams = await GossipStreams.listen({ host: LOOPBACK, port: 0 }, options)
  t.teardown(() => streams.close())
  const ask = async (of: { address: string }, what = 'echo', payload = Uint8Array.of(1)) => {
    const pieces: Uint8Array[] = []
    for await (const piece of streams.request(of.address, { name: what, payload })) pieces.push(piece)
    return pieces
  }
  return { id: credentials.identity.id, streams, desk, time, ask, address: `${LOOPBACK}:${streams.port}` }
}

/** Gives a piece and then waits until the test lets it go on. */
function held(): { handler: RequestHandler; begun: () => number; ended: () => number; release: () => void } {
  let [begun, ended] = [0, 0]
  let release = (): void => {}
  const released = new Promise<void>(resolve => (release = resolve))
  return {
    begun: () => begun,
    ended: () => ended,
    release,
    async *handler() {
      begun++
      try {
        yield Uint8Array.of(1)
        await released
      } finally {
        ended++
      }
    },
  }
}

test('an answer arrives in its pieces, from whom it is, and may have none', async t => {
  const [a, b] = [await open(t, 'a'), await open(t, 'b')]
  const askers: string[] = []
  b.desk.serve('echo', async function* (payload, from) {
    askers.push(from.id)
    for (let n = 0; n < 40; n++) yield Buffer.alloc(REPLY_BYTES_MAX, (payload[0] ?? 0) + n)
  })
  b.desk.serve('nothing', async function* () {})
  const pieces = await a.ask(b, 'echo', Uint8Array.of(7))
  t.is(pieces.length, 40)
  t.true(pieces.every((piece, n) => piece.length === REPLY_BYTES_MAX && piece[99] === 7 + n))
  t.deepEqual(askers, [a.id])
  t.deepEqual(await a.ask(b, 'nothing', Buffer.alloc(REQUEST_BYTES_MAX)), [])
  t.is(b.streams.stats.requestsServed, 2)
  // Membership goes on beside it.
  t.is((await a.streams.probe(b.address, 10_000)).id, b.id)
})

test('an unknown name is refused with a code, and a handler that breaks ends its stream alone', async t => {
  const [a, b] = [await open(t, 'a'), await open(t, 'b')]
  const refused = { code: 'KONOR_GOSSIP_REQUEST_REFUSED', message: /unknown/ }
  await t.throwsAsync(a.ask(b, 'who-is-this'), refused)
  b.desk.serve('bad', async function* () {
    yield Uint8Array.of(1)
    throw new RangeError('no')
  })
  await t.throwsAsync(a.ask(b, 'bad'), { code: 'KONOR_GOSSIP_STREAM' })
  await t.throwsAsync(a.ask(b, 'bad'), { code: 'KONOR_GOSSIP_STREAM' })
  await t.throwsAsync(a.ask(b, 'echo', Buffer.alloc(REQUEST_BYTES_MAX + 1)), { code: 'KONOR_GOSSIP_STREAM' })
  t.is((await a.streams.probe(b.address, 10_000)).id, b.id)
})

test('one member gets no more than its share at once, all together no more than the bound', async t => {
  const server = await open(t, 'server')
  const wait = held()
  server.desk.serve('wait', wait.handler)
  const members = await Promise.all(
    Array.from({ length: REQUESTS_IN_MAX / REQUESTS_IN_OF_ONE_MAX + 1 }, (_, n) => open(t, `m${n}`)),
  )
  const [first, ...others] = members
  if (first === undefined) return t.fail()
  const mine = Array.from({ length: REQUESTS_IN_OF_ONE_MAX }, () => first.ask(server, 'wait'))
  await pollUntil('mine are served', () => wait.begun() === REQUESTS_IN_OF_ONE_MAX)
  await t.throwsAsync(first.ask(server, 'wait'), { message: /busy/ })
  const theirs = others.flatMap(one =>
    Array.from({ length: REQUESTS_IN_OF_ONE_MAX }, () => one.ask(server, 'wait')),
  )
  const settled = Promise.allSettled(theirs)
  await pollUntil('it is full', () => wait.begun() === REQUESTS_IN_MAX)
  await pollUntil('the rest is refused', () => server.streams.stats.requestsRefused === 3)
  wait.release()
  t.is((await settled).filter(({ status }) => status === 'rejected').length, REQUESTS_IN_OF_ONE_MAX)
  await Promise.all(mine)
  t.is(wait.ended(), REQUESTS_IN_MAX)
})

test('who asks without end is refused, until time has passed, and harms no other', async t => {
  const [a, b, server] = [await open(t, 'a'), await open(t, 'b'), await open(t, 'server')]
  server.desk.serve('echo', async function* (payload) {
    yield payload
  })
  for (let n = 0; n < REQUESTS_OF_ONE_PER_SECOND; n++) t.is((await a.ask(server)).length, 1)
  await t.throwsAsync(a.ask(server), { message: /rate/ })
  t.is((await b.ask(server)).length, 1)
  server.time.nowMs += 1_000
  t.is((await a.ask(server)).length, 1)
})

test('a peer that goes away in the middle ends the answer; a full host asks no more', async t => {
  const [a, server] = [await open(t, 'a'), await open(t, 'server')]
  const wait = held()
  server.desk.serve('endless', async function* () {
    for await (const piece of wait.handler(Uint8Array.of(), { id: a.id, epoch: 1, incarnation: 0 }))
      for (;;) yield Buffer.concat([piece, Buffer.alloc(REPLY_BYTES_MAX - 1)])
  })
  for await (const piece of a.streams.request(server.address, {
    name: 'endless',
    payload: Uint8Array.of(),
  })) {
    t.is(piece.length, REPLY_BYTES_MAX)
    break
  }
  await pollUntil('the handler was told', () => wait.ended() === 1)
  const asking = Array.from({ length: REQUESTS_OUT_MAX + 1 }, () => a.ask({ address: `${LOOPBACK}:1` }))
  const outcomes = await Promise.allSettled(asking)
  t.true(outcomes.every(({ status }) => status === 'rejected'))
  t.is(a.streams.stats.streamsRefused, 1)
})

test('neither who reads nothing nor who answers nothing holds a stream for ever', async t => {
  const [a, mute, server] = [await open(t, 'a', 200), await open(t, 'mute'), await open(t, 'server', 200)]
  const wait = held()
  mute.desk.serve('wait', wait.handler)
  await t.throwsAsync(a.ask(mute, 'wait'), { code: 'KONOR_GOSSIP_STREAM', message: /took too long/ })
  wait.release()
  await pollUntil('the handler was told', () => wait.ended() === 1)
  let isOver = false
  server.desk.serve('endless', async function* () {
    try {
      for (;;) yield Buffer.alloc(REPLY_BYTES_MAX)
    } finally {
      isOver = true
    }
  })
  const patient = await open(t, 'patient')
  const answer = patient.streams.request(server.address, { name: 'endless', payload: Uint8Array.of() })
  t.is((await answer.next()).done, false)
  await pollUntil('the server gave up', () => isOver)
  await answer.return()
})

/** One who takes a connection, introduces itself properly and then answers as the test says. */
async function liar(
  t: TeardownContext,
  answer: (seal: StreamSeal, stream: FrameStream) => void,
): Promise<string> {
  const sockets = new Set<Socket>()
  const serve = async (socket: Socket): Promise<void> => {
    sockets.add(socket)
    const stream = new FrameStream(socket, { take: () => true, give: () => {} }, nodeClock)
    const peerNonce = await stream.read(STREAM_NONCE_BYTES)
    const nonce = nodeRandom.bytes(STREAM_NONCE_BYTES)
    stream.write(nonce)
    const seal = new StreamSeal(credentialsOf('liar'), 'acceptor', peerNonce, nonce)
    stream.writeFrame(seal.hello())
    seal.openHello(await stream.readFrame(FRAME_BYTES_MAX))
    await stream.readFrame(FRAME_BYTES_MAX)
    answer(seal, stream)
  }
  const server = createServer(socket => void serve(socket).catch(() => {})).listen(0, LOOPBACK)
  await once(server, 'listening')
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const address = server.address()
  return `${LOOPBACK}:${address !== null && typeof address === 'object' ? address.port : 0}`
}

test('pieces out of order, twice, altered, of another kind or too long end the stream with a coded error', async t => {
  const a = await open(t, 'a')
  const piece = (index: number) => ({ index, outcome: 'more' as const, bytes: Uint8Array.of(index) })
  const lies: ((seal: StreamSeal, stream: FrameStream) => void)[] = [
    (seal, stream) => stream.writeFrame(seal.reply(piece(1))),
    (seal, stream) => [0, 0].forEach(index => stream.writeFrame(seal.reply(piece(index)))),
    (seal, stream) => stream.writeFrame(seal.reply(piece(0)).fill(1, 30)),
    (seal, stream) => stream.writeFrame(seal.request({ name: 'echo', payload: Uint8Array.of() })),
    (seal, stream) => stream.writeFrame(seal.hello()),
    (_, stream) => stream.write(Buffer.from('ffffffff', 'hex')),
    (seal, stream) => {
      stream.writeFrame(seal.reply(piece(0)))
      stream.end()
    },
  ]
  for (const lie of lies) {
    const address = await liar(t, lie)
    await t.throwsAsync(a.ask({ address }), { code: 'KONOR_GOSSIP_STREAM' })
  }
  t.is(a.streams.stats.streamsFailed, lies.length)
})

test('a caller that hangs after its hello, and one that babbles, take nothing from others', async t => {
  const [a, server] = [await open(t, 'a'), await open(t, 'server')]
  server.desk.serve('echo', async function* (payload) {
    yield payload
  })
  for (let n = 0; n < 8; n++) {
    const socket = connect(server.streams.port, LOOPBACK).on('error', () => {})
    t.teardown(() => socket.destroy())
    await once(socket, 'connect')
    socket.write(nodeRandom.bytes(n % 2 === 0 ? STREAM_NONCE_BYTES : 3))
  }
  t.deepEqual(
    (await a.ask(server)).map(piece => [...piece]),
    [[1]],
  )
})
