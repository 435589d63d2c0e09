import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import test from 'ava'
import { pollUntil } from '../../../simulations/kit/poll-until.ts'
import type { TeardownContext } from '../../../simulations/kit/teardown-context.ts'
import { nodeClock } from '../../ports/node/node-clock.ts'
import { nodeRandom } from '../../ports/node/node-random.ts'
import { SeededRandom } from '../../ports/seeded-random.ts'
import type { Message, Update } from '../core/messages.ts'
import { createKeyring } from '../wire/keyring.ts'
import { createMemberIdentity, memberIdOf } from '../wire/member-identity.ts'
import type { Speaker } from '../wire/packet-body.ts'
import { PacketSealer } from '../wire/packet-sealer.ts'
import { GossipStreams } from './gossip-streams.ts'
import { nodeSockets } from './node-sockets.ts'
import { RequestDesk } from './request-desk.ts'
import { STREAMS_OUT_MAX } from './udp-limits.ts'

const GROUP_KEY = new SeededRandom('streams').bytes(32)
const LOOPBACK = '127.0.0.1'

interface End {
  readonly id: string
  readonly streams: GossipStreams
  readonly address: string
  readonly heard: { readonly message: Message; readonly speaker: Speaker }[]
}

async function open(t: TeardownContext, name: string, groupKey = GROUP_KEY): Promise<End> {
  const identity = createMemberIdentity(new SeededRandom(name).bytes(32))
  const keyring = createKeyring([groupKey])
  const heard: End['heard'] = []
  const self = () => ({ epoch: 1, incarnation: 2 })
  const sealer = new PacketSealer(keyring, nodeRandom)
  const streams = await GossipStreams.listen(
    { host: LOOPBACK, port: 0 },
    {
      credentials: { clusterId: 'c-streams', identity, keyring, sealer, self },
      sockets: nodeSockets,
      clock: nodeClock,
      random: nodeRandom,
      onMessage: (message, speaker) => heard.push({ message, speaker }),
      desk: new RequestDesk(() => 0),
    },
  )
  t.teardown(() => streams.close())
  return { id: identity.id, streams, address: `${LOOPBACK}:${streams.port}`, heard }
}

/** A server that is no member; gives its port. */
async function listen(t: TeardownContext, answer: (socket: Socket) => void): Promise<number> {
  const server = createServer(answer).listen(0, LOOPBACK)
  await once(server, 'listening')
  t.teardown(() => void server.close())
  const address = server.address()
  return address !== null && typeof address === 'object' ? address.port : 0
}

test('a probe tells who is there, proven', async t => {
  const [a, b] = [await open(t, 'a'), await open(t, 'b')]
  t.deepEqual(await a.streams.probe(b.address, 10_000), { id: b.id, epoch: 1, incarnation: 2 })
  t.is(b.heard.length, 0)
  t.is(b.streams.stats.streamsIn, 1)
})

test('a message of a megabyte arrives whole, from whom it is', async t => {
  const [a, b] = [await open(t, 'a'), await open(t, 'b')]
  const record = (index: number): Update => {
    const signature = new Uint8Array(96).fill(index)
    const id = memberIdOf(signature.subarray(0, 32))
    return { state: 'alive', id, epoch: index, incarnation: 0, address: `10.0.0.1:${index}`, signature }
  }
  const message: Message = {
    kind: 'welcome',
    records: Array.from({ length: 8_000 }, (_, index) => record(index)),
  }
  await a.streams.send(b.address, message)
  // It has been taken when `send` returns.
  t.is(b.heard.length, 1)
  t.is(b.heard[0]?.speaker.id, a.id)
  t.deepEqual(b.heard[0]?.message, message)
})

test('who has not the key is not let in, and lets nobody in', async t => {
  const [a, stranger] = [await open(t, 'a'), await open(t, 'x', new SeededRandom('guess').bytes(32))]
  await t.throwsAsync(stranger.streams.probe(a.address, 10_000), { code: 'KONOR_GOSSIP_STREAM' })
  await t.throwsAsync(a.streams.send(stranger.address, { kind: 'welcome', records: [] }), {
    code: 'KONOR_GOSSIP_STREAM',
  })
  t.is(a.heard.length + stranger.heard.length, 0)
})

test('nobody there, somebody mute, and somebody who babbles are one coded error each', async t => {
  const a = await open(t, 'a')
  const gone = await open(t, 'gone')
  await gone.streams.close()
  await t.throwsAsync(a.streams.probe(gone.address, 10_000), { code: 'KONOR_GOSSIP_STREAM' })
  await t.throwsAsync(a.streams.probe('nowhere', 10_000), { code: 'KONOR_GOSSIP_ADDRESS' })
  const babble = (socket: Socket): void => void socket.on('error', () => {}).write(Buffer.alloc(64, 7))
  for (const answer of [() => {}, babble]) {
    const port = await listen(t, answer)
    await t.throwsAsync(a.streams.probe(`${LOOPBACK}:${port}`, 300), { code: 'KONOR_GOSSIP_STREAM' })
  }
})

test('streams under way are bounded', async t => {
  const a = await open(t, 'a')
  const port = await listen(t, socket => void socket.on('error', () => {}))
  const probes = Array.from({ length: STREAMS_OUT_MAX + 8 }, () =>
    a.streams.probe(`${LOOPBACK}:${port}`, 500),
  )
  const outcomes = await Promise.allSettled(probes)
  t.true(outcomes.every(({ status }) => status === 'rejected'))
  t.is(a.streams.stats.streamsRefused, 8)
})

test('whoever hangs up halfway, or says anything at all, leaves nothing behind', async t => {
  const [a, b] = [await open(t, 'a'), await open(t, 'b')]
  const random = new SeededRandom('noise')
  for (let n = 0; n < 40; n++) {
    const socket = connect(b.streams.port, LOOPBACK).on('error', () => {})
    await once(socket, 'connect')
    socket.write(random.bytes(random.integer(600)))
    socket.end()
  }
  await pollUntil('all of them failed', () => b.streams.stats.streamsFailed === 40)
  t.is((await a.streams.probe(b.address, 10_000)).id, b.id)
})
