import { announceSelf } from './announce-self.ts'
import type { MemberState } from './member-state.ts'

/** Fraction of the direct timeout by which a tick may be late before it says something of us. */
const TOLERATED_LAG = 0.5

/**
 * We stood still: whoever seems silent may have answered. The open probe is void, suspicions do not count the time,
 * our health is worse, and nobody is accused for a full period (restatedev/restate#5156 is what happens otherwise).
 */
export function guardAgainstStall(state: MemberState, lagMs: number): void {
  const { awareness, config, nowMs, roundTrip, schedule } = state
  if (lagMs <= TOLERATED_LAG * roundTrip.directTimeoutMs) return
  state.probe = undefined
  state.helping.clear()
  state.suspicions.shiftAll(lagMs, nowMs)
  awareness.adjust(Math.ceil(lagMs / config.probeIntervalMs))
  state.mutedUntilMs = Math.max(state.mutedUntilMs, nowMs + config.probeIntervalMs)
  schedule.probeAtMs = Math.max(schedule.probeAtMs, nowMs)
  state.events.push({ type: 'SELF_STALLED', lagMs })
}

/** The machine slept, nobody knows how long: nothing that we believe is fresh, and others may have buried us. */
export function wakeFromSuspend(state: MemberState): void {
  const { config, nowMs, schedule, self } = state
  state.probe = undefined
  state.helping.clear()
  state.suspicions.restartAll(nowMs)
  state.awareness.worst()
  state.mutedUntilMs = nowMs + config.probeIntervalMs
  schedule.probeAtMs = nowMs + config.probeIntervalMs
  schedule.digestAtMs = nowMs
  if (self.phase !== 'running') return
  self.incarnation++
  announceSelf(state)
}
