import test from 'ava'
import { VirtualClock } from '../ports/virtual-clock.ts'
import { SeededRandom } from '../ports/seeded-random.ts'
import { testLinkConformance } from './conformance.ts'
import { createMemoryTransport } from './memory-link.ts'
import { createKeyPair } from './secret-stream.ts'

testLinkConformance(test, 'memory', () => ({ transport: createMemoryTransport(), address: 'somewhere:0' }))

test('with a clock, messages take their latency and stay in order', async t => {
  const clock = new VirtualClock()
  const random = new SeededRandom('latency')
  const transport = createMemoryTransport({ clock, latencyMs: () => 1 + random.integer(50) })
  const keyPair = createKeyPair(new Uint8Array(32))
  const arrived: { value: number | undefined; atMs: number }[] = []
  const server = await transport.listen({
    address: 'central:7601',
    keyPair,
    connectionsMax: 1,
    handshakeTimeoutMs: 1_000,
    onLink: () => ({
      onMessage: message => void arrived.push({ value: message[0], atMs: clock.monotonicMs() }),
    }),
  })
  const dialled = transport.dial({
    address: server.address,
    keyPair,
    remotePublicKey: keyPair.publicKey,
    timeoutMs: 1_000,
    handler: () => ({ onMessage() {} }),
  })
  clock.runUntilIdle(100)
  const link = await dialled
  const sentAtMs = clock.monotonicMs()
  for (let value = 0; value < 100; value++) link.send(Uint8Array.of(value))
  t.deepEqual(arrived, [])
  t.true(clock.runUntilIdle(1_000))
  t.deepEqual(
    arrived.map(({ value }) => value),
    Array.from({ length: 100 }, (_, value) => value),
  )
  t.true(arrived.every(({ atMs }) => atMs > sentAtMs))
})
