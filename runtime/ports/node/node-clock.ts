import type { CancelTimer, Clock } from '../clock.ts'

/** Longest delay that `setTimeout` keeps (a signed 32-bit number); a longer one would fire after 1 ms. */
const TIMEOUT_MS_MAX = 2 ** 31 - 1

/** The clock of this machine. Its timers keep the process alive, as long as they are not cancelled. */
export const nodeClock: Clock = {
  monotonicMs: () => performance.now(),
  wallMs: () => Date.now(),
  startTimer: (delayMs, fire) => {
    const deadlineMs = performance.now() + delayMs
    let timer: NodeJS.Timeout
    const wait = (): void => {
      const leftMs = deadlineMs - performance.now()
      // `setTimeout` counts whole milliseconds from the loop's cached time and may so fire a fraction early.
      if (leftMs <= 0) return fire()
      timer = setTimeout(wait, Math.min(Math.ceil(leftMs), TIMEOUT_MS_MAX))
    }
    timer = setTimeout(wait, Math.max(0, Math.min(Math.ceil(delayMs), TIMEOUT_MS_MAX)))
    const cancel: CancelTimer = () => clearTimeout(timer)
    return cancel
  },
}
