import type { CancelTimer, Clock } from '../ports/clock.ts'

export interface HeartbeatOptions {
  readonly clock: Clock
  /** How often a ping goes out, and how often silence is looked at. */
  readonly intervalMs: number
  /** Silence that is too long; several intervals. */
  readonly timeoutMs: number
  /** Sends a ping. A full queue may drop it: the peer then has our other messages to hear. */
  readonly ping: (n: number) => void
  /** Called once, when the peer was silent for `timeoutMs` while we could have heard it. Nothing follows. */
  readonly onSilent: (silentMs: number) => void
}

export interface Heartbeat {
  /** Call for every message of the peer: all of them are signs of life. */
  heard(): void
  /** Call for a pong, which also measures the round trip. */
  pong(n: number): void
  /** The newest measured round trip; undefined before the first. */
  readonly roundTripMs: number | undefined
  stop(): void
}

/** Turns of the event loop in which what already arrived may still be read, before a peer is called silent. */
const GRACE_TURNS = 2

/**
 * Watches one peer. Only time in which we were able to read counts as its silence: a timer that fires late says that
 * this process stood still (a long computation, a stopped or suspended machine), not that the peer is dead, so the wait
 * begins anew; and before accusing, the loop turns twice so that what waits in the socket is heard first.
 */
export function createHeartbeat(options: HeartbeatOptions): Heartbeat {
  const { clock, intervalMs, timeoutMs } = options
  let heardAtMs = clock.monotonicMs()
  let pinged = { n: 0, atMs: heardAtMs }
  let roundTripMs: number | undefined
  let stopped = false
  let cancel: CancelTimer

  function wait(): void {
    const dueMs = clock.monotonicMs() + intervalMs
    cancel = clock.startTimer(intervalMs, () => tick(clock.monotonicMs() - dueMs))
  }

  function tick(lateMs: number): void {
    if (lateMs > intervalMs / 2) heardAtMs = clock.monotonicMs()
    if (silentMs() >= timeoutMs) return judge(GRACE_TURNS)
    pinged = { n: pinged.n + 1, atMs: clock.monotonicMs() }
    wait()
    options.ping(pinged.n)
  }

  function judge(turnsLeft: number): void {
    if (turnsLeft > 0) {
      cancel = clock.startTimer(0, () => judge(turnsLeft - 1))
      return
    }
    if (silentMs() < timeoutMs) return tick(0)
    stopped = true
    options.onSilent(silentMs())
  }

  function silentMs(): number {
    return clock.monotonicMs() - heardAtMs
  }

  wait()
  return {
    heard() {
      heardAtMs = clock.monotonicMs()
    },
    pong(n) {
      if (n === pinged.n) roundTripMs = clock.monotonicMs() - pinged.atMs
    },
    get roundTripMs() {
      return roundTripMs
    },
    stop() {
      if (stopped) return
      stopped = true
      cancel()
    },
  }
}
