import type { Detected } from './verdict.ts'

export interface FlappingConfig {
  readonly windowMs: number
  /** Changes of liveness within the window that raise. */
  readonly transitionsMin: number
  /** Within the window no more than so many clear: between the two nothing changes. */
  readonly transitionsCalm: number
}

/** Three times away and back within ten minutes; calm is a window with one change at most. */
export const FLAPPING: FlappingConfig = { windowMs: 600_000, transitionsMin: 6, transitionsCalm: 1 }

export interface FlappingState {
  readonly isRaised: boolean
  /** When liveness changed, oldest first: the newest `transitionsMin` within the window. */
  readonly changedAtMs: readonly number[]
  /** Nothing is known of what was before: calm counts from here. */
  readonly sinceMs: number
}

export function startFlapping(nowMs: number, isRaised = false): FlappingState {
  return { isRaised, changedAtMs: [], sinceMs: nowMs }
}

/**
 * A node whose liveness changes again and again. Fed with each change that the journal holds, and with the time alone
 * (`changed` false) so that a calm window can end it.
 */
export function detectFlapping(
  config: FlappingConfig,
  before: FlappingState,
  nowMs: number,
  changed: boolean,
): Detected<FlappingState> {
  const within = before.changedAtMs.filter(atMs => atMs > nowMs - config.windowMs)
  const changedAtMs = (changed ? [...within, nowMs] : within).slice(-config.transitionsMin)
  const { isRaised, sinceMs } = before
  if (!isRaised && changedAtMs.length >= config.transitionsMin)
    return { state: { isRaised: true, changedAtMs, sinceMs }, verdict: 'raise' }
  const isObserved = nowMs - sinceMs >= config.windowMs
  if (isRaised && isObserved && changedAtMs.length <= config.transitionsCalm)
    return { state: { isRaised: false, changedAtMs, sinceMs }, verdict: 'clear' }
  return { state: { isRaised, changedAtMs, sinceMs }, verdict: undefined }
}
