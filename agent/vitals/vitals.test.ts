import test from 'ava'
import { decodeStatistics, isRefused, type Statistics } from '../../runtime/analytics/statistics-codec.ts'
import { VirtualClock } from '../../runtime/ports/virtual-clock.ts'
import { pollUntil } from '../../simulations/kit/poll-until.ts'
import { createNodeGauge } from './node-gauge.ts'
import { PROBES_MAX, PROBES_WINDOW_MS, PeerProbes } from './peer-probes.ts'
import { createVitals, VITALS_FRESH_MS } from './vitals.ts'

function told(bytes: Uint8Array): Statistics {
  const decoded = decodeStatistics(bytes)
  if (isRefused(decoded)) throw new Error(decoded.refused)
  return decoded
}

test('an agent tells what it measured of itself and of its peers', t => {
  const clock = new VirtualClock()
  let cpuMs = 0
  const vitals = createVitals({
    gauge: {
      takeLoopLag: () => ({ p99Ms: 3, maxMs: 9 }),
      cpuMs: () => cpuMs,
      load1: () => 0.5,
      memory: () => ({ rssBytes: 1_048_576, freeBytes: 2_097_152, totalBytes: 4_194_304 }),
      stop() {},
    },
    clock,
    version: '1.2.3',
    platform: { kind: 'cloud' },
    processes: () => 3,
  })
  t.is(told(vitals.heartbeat()).peerLoss, undefined)
  for (const roundTripMs of [5, 1, 3]) vitals.probed(true, roundTripMs)
  vitals.probed(false)
  const early = vitals.heartbeat()
  clock.advanceBy(VITALS_FRESH_MS)
  cpuMs = VITALS_FRESH_MS / 4
  t.is(told(early).peerLoss, undefined, 'gossip and link share one look')
  t.deepEqual(told(vitals.heartbeat()), {
    loopLagP99Ms: 3,
    loopLagMaxMs: 9,
    load1: 0.5,
    cpuShare: 0.25,
    rssBytes: 1_048_576,
    memoryFreeBytes: 2_097_152,
    memoryTotalBytes: 4_194_304,
    peerRoundTripMs: 3,
    peerLoss: 0.25,
    version: '1.2.3',
    platform: 'cloud',
    uptimeMs: VITALS_FRESH_MS,
    processes: 3,
  })
})

test('probes count for a minute, and no more of them than the bound', t => {
  const probes = new PeerProbes()
  probes.ended(0, false)
  for (let index = 0; index < PROBES_MAX; index++) probes.ended(10, true, 2)
  t.deepEqual(probes.look(20), { peerLoss: 0, peerRoundTripMs: 2 })
  t.deepEqual(probes.look(10 + PROBES_WINDOW_MS), {})
})

test('a loop that was held up shows', async t => {
  const gauge = createNodeGauge()
  t.teardown(() => gauge.stop())
  let turn = 0
  const worst = await pollUntil('the stall is seen', () => {
    // Busy on purpose: nothing else holds an event loop up. A look begins a window, so it comes every few turns.
    const untilMs = performance.now() + 120
    while (performance.now() < untilMs);
    const lag = ++turn % 4 === 0 && gauge.takeLoopLag()
    return lag !== false && lag.maxMs > 40 && lag
  })
  t.true(worst.maxMs >= worst.p99Ms)
  t.true(gauge.memory().rssBytes > 0 && gauge.cpuMs() > 0)
})
