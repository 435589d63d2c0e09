import test from 'ava'
import * as fc from 'fast-check'
import type { Clock } from '../ports/clock.ts'
import { VirtualClock } from '../ports/virtual-clock.ts'
import { createHeartbeat } from './heartbeat.ts'

const INTERVAL_MS = 100
const TIMEOUT_MS = 350

function watched(clock: Clock) {
  const silent: number[] = []
  const pings: number[] = []
  const heartbeat = createHeartbeat({
    clock,
    intervalMs: INTERVAL_MS,
    timeoutMs: TIMEOUT_MS,
    ping: n => pings.push(n),
    onSilent: () => silent.push(clock.monotonicMs()),
  })
  return { heartbeat, silent, pings }
}

/** A clock whose process stands still from time to time: timers fire only when it goes on. */
class StallingClock extends VirtualClock {
  stalledUntilMs = 0

  override monotonicMs(): number {
    return Math.max(super.monotonicMs(), this.stalledUntilMs)
  }
}

test('a peer that answers is never silent; one that stops is found within the timeout and two intervals', t => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 50 }), fc.nat(99), (beats, phaseMs) => {
      const clock = new VirtualClock()
      const { heartbeat, silent } = watched(clock)
      clock.advanceBy(phaseMs)
      for (let beat = 0; beat < beats; beat++) {
        clock.advanceBy(INTERVAL_MS * 3)
        heartbeat.heard()
      }
      t.deepEqual(silent, [])
      const lastMs = clock.monotonicMs()
      clock.advanceBy(10_000)
      t.is(silent.length, 1)
      t.true((silent[0] ?? 0) >= lastMs + TIMEOUT_MS)
      t.true((silent[0] ?? Infinity) <= lastMs + TIMEOUT_MS + 2 * INTERVAL_MS)
    }),
  )
})

test('pings go out at each interval, and a pong of the newest measures the round trip', t => {
  const clock = new VirtualClock()
  const { heartbeat, pings } = watched(clock)
  clock.advanceBy(INTERVAL_MS)
  t.deepEqual(pings, [1])
  clock.advanceBy(7)
  heartbeat.heard()
  heartbeat.pong(0)
  t.is(heartbeat.roundTripMs, undefined)
  heartbeat.pong(1)
  t.is(heartbeat.roundTripMs, 7)
  heartbeat.stop()
  clock.advanceBy(10_000)
  t.deepEqual(pings, [1])
  t.is(clock.pending, 0)
})

test('a process that stood still does not blame its peer', t => {
  const clock = new StallingClock()
  const { silent, heartbeat } = watched(clock)
  clock.advanceBy(50)
  // Ten seconds in which nothing was read: the timer of 100 ms fires at 10,050.
  clock.stalledUntilMs = 10_050
  clock.advanceBy(50)
  t.deepEqual(silent, [])
  clock.advanceBy(10_100)
  heartbeat.heard()
  t.deepEqual(silent, [])
  clock.advanceBy(TIMEOUT_MS + 2 * INTERVAL_MS)
  t.is(silent.length, 1)
})

test('what waited in the socket is heard before the judgement', t => {
  const clock = new VirtualClock()
  const { heartbeat, silent } = watched(clock)
  // The judgement falls due at 400 ms; a message is read in the turn of the loop after it.
  clock.advanceBy(350)
  clock.startTimer(50, () => clock.startTimer(0, () => heartbeat.heard()))
  clock.advanceBy(300)
  t.deepEqual(silent, [])
  clock.advanceBy(TIMEOUT_MS)
  t.is(silent.length, 1)
})
