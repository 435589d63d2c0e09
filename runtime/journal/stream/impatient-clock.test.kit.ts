import type { Clock } from '../../ports/clock.ts'

/** A clock whose timers fire in the next turn of the event loop, as if the time had passed: nobody waits. */
export function createImpatientClock(): Clock {
  let nowMs = 0
  return {
    monotonicMs: () => nowMs,
    wallMs: () => nowMs,
    startTimer: (delayMs, fire) => {
      const timer = setImmediate(() => {
        nowMs += delayMs
        fire()
      })
      return () => clearImmediate(timer)
    },
  }
}
