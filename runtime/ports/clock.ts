/** Cancels a timer; calling it twice, or after the timer fired, does nothing. */
export type CancelTimer = () => void

/** Time as the host gives it. Only adapters read a real clock. */
export interface Clock {
  /**
   * Monotonic milliseconds (fractions allowed), from an arbitrary start. Never goes back; may freeze in
   * suspend.
   */
  monotonicMs(): number
  /** Wall milliseconds since 1970 UTC. May jump either way: for display and calendar windows only. */
  wallMs(): number
  /**
   * Calls `fire` once, not before `delayMs` has passed. It may be late: a late timer decides nothing by
   * itself.
   */
  startTimer(delayMs: number, fire: () => void): CancelTimer
}
