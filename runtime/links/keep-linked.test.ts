import test from 'ava'
import { KonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import { SeededRandom } from '../ports/seeded-random.ts'
import { VirtualClock } from '../ports/virtual-clock.ts'
import { keepLinked, type KeptLink } from './keep-linked.ts'
import type { Link, LinkServer, LinkTransport } from './link.ts'
import { createMemoryTransport } from './memory-link.ts'
import { createKeyPair } from './secret-stream.ts'

const keyPair = createKeyPair(new Uint8Array(32).fill(3))
const BACKOFF = { minMs: 100, maxMs: 5_000 }

interface Kept {
  readonly clock: VirtualClock
  readonly downs: {
    readonly reason: Error | undefined
    readonly retryInMs: number
    readonly wasUp: boolean
  }[]
  readonly links: Link[]
  readonly kept: KeptLink
  /** Lets the next attempt happen, and its outcome settle. */
  step(): Promise<void>
}

function keep(transport: LinkTransport, seed: number, remotePublicKey = keyPair.publicKey): Kept {
  const clock = new VirtualClock()
  const downs: Kept['downs'] = []
  const links: Link[] = []
  const kept = keepLinked({
    transport,
    dial: { address: 'central:7601', keyPair, remotePublicKey, timeoutMs: 1_000 },
    clock,
    random: new SeededRandom(seed),
    backoff: BACKOFF,
    onLink(link) {
      links.push(link)
      return { onMessage() {} }
    },
    onDown: down => downs.push(down),
  })
  return { clock, downs, links, kept, step: () => settle().then(() => (clock.step(), settle())) }
}

/** The memory transport needs microtasks only: after a turn of the loop all of them ran. */
function settle(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve))
}

function listen(transport: LinkTransport, onLink: (link: Link) => void = () => {}): Promise<LinkServer> {
  return transport.listen({
    address: 'central:7601',
    keyPair,
    connectionsMax: 10,
    handshakeTimeoutMs: 1_000,
    onLink(link) {
      onLink(link)
      return { onMessage() {} }
    },
  })
}

test('waits grow to the cap, with full jitter, and it never gives up', async t => {
  const waits: number[][] = []
  for (let seed = 0; seed < 200; seed++) {
    const { kept, downs, step } = keep(createMemoryTransport(), seed)
    for (let attempt = 0; attempt < 12; attempt++) await step()
    await kept.stop()
    waits.push(downs.map(({ retryInMs }) => retryInMs))
  }
  for (let attempt = 0; attempt < 12; attempt++) {
    const drawn = waits.map(row => row[attempt] ?? NaN)
    const highestMs = Math.min(BACKOFF.maxMs, BACKOFF.minMs * 2 ** attempt)
    t.true(drawn.every(ms => ms >= 0 && ms <= highestMs))
    // Full jitter: both ends of the range are used.
    t.true(Math.min(...drawn) < highestMs * 0.1 && Math.max(...drawn) > highestMs * 0.9)
  }
})

test('a link that goes down is made anew, and a long life begins the waits again', async t => {
  const transport = createMemoryTransport()
  const { clock, kept, downs, links, step } = keep(transport, 1)
  for (let attempt = 0; attempt < 8; attempt++) await step()
  const server = await listen(transport)
  await step()
  t.is(links.length, 1)
  t.is(kept.link, links[0])
  clock.advanceBy(BACKOFF.maxMs)
  await server.close()
  await settle()
  t.is(kept.link, undefined)
  t.like(downs.at(-1), { wasUp: true, reason: undefined })
  t.true((downs.at(-1)?.retryInMs ?? Infinity) <= BACKOFF.minMs)
  await listen(transport)
  await step()
  t.is(links.length, 2)
  await kept.stop()
})

test('a server that takes links and drops them at once is not hammered', async t => {
  const transport = createMemoryTransport()
  await listen(transport, link => link.close())
  const { kept, downs, step } = keep(transport, 5)
  for (let attempt = 0; attempt < 10; attempt++) await step()
  t.true(downs.every(({ wasUp }) => wasUp))
  t.true(downs.slice(6).some(({ retryInMs }) => retryInMs > BACKOFF.minMs * 8))
  await kept.stop()
})

test('a refused identity slows to the cap and is still tried', async t => {
  const transport = createMemoryTransport()
  const server = await listen(transport)
  const wrong = keep(transport, 2, createKeyPair().publicKey)
  for (let attempt = 0; attempt < 20; attempt++) await wrong.step()
  t.is(wrong.downs.length, 21)
  t.true(wrong.downs.every(({ retryInMs }) => retryInMs >= BACKOFF.maxMs / 2 && retryInMs <= BACKOFF.maxMs))
  await wrong.kept.stop()

  const refused = keep(transport, 3)
  await settle()
  refused.links[0]?.close(new KonorError('KONOR_LINK_WRONG_PEER', 'a final refusal of this identity'))
  await settle()
  t.true((refused.downs[0]?.retryInMs ?? 0) >= BACKOFF.maxMs / 2)
  await refused.step()
  t.is(refused.links.length, 2)
  await refused.kept.stop()
  await server.close()
})

test('stop ends the link, or the wait, or the attempt, and nothing follows', async t => {
  const transport = createMemoryTransport()
  const waiting = keep(transport, 1)
  await settle()
  await waiting.kept.stop()
  t.is(waiting.clock.pending, 0)

  const server = await listen(transport)
  const up = keep(transport, 1)
  await settle()
  await up.kept.stop()
  t.is(up.kept.link, undefined)
  t.deepEqual(up.downs, [])

  const dialling = keep(transport, 1)
  await dialling.kept.stop()
  t.deepEqual(dialling.links, [])
  await settle()
  t.is(server.connections, 0)
})
