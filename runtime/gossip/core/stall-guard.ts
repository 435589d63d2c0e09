import { announceSelf } from './announce-self.ts'
import type { MemberState } from './member-state.ts'
import { delayProbe } from './probe.ts'

/** Fraction of the direct timeout by which a tick may be late before it says something of us. */
const TOLERATED_LAG = 0.5
/** Fraction of the period from which on standing still is more than a hiccup. */
const STALL_LAG = 0.5
/** After a hiccup nobody is accused for so many times its length. */
const HICCUP_MUTE = 2

/**
 * We stood still: whoever seems silent may have answered. Nothing that waits counts the time, and for a while nobody is
 * accused (restatedev/restate#5156 is what happens otherwise).
 *
 * How much follows from it is a matter of its length. A host that shares its processors is a tenth of a second late
 * many times a minute: if each time cost it a whole period, it would never accuse anybody, and the dead would be found
 * by others or not at all. So a hiccup only delays, by its own measure; a stall also voids the open probe, says
 * something of our health, and silences us for a full period.
 */
export function guardAgainstStall(state: MemberState, lagMs: number): void {
  const { config, nowMs, roundTrip } = state
  if (lagMs <= TOLERATED_LAG * roundTrip.directTimeoutMs) return
  state.suspicions.shiftAll(lagMs, nowMs)
  if (lagMs < STALL_LAG * config.probeIntervalMs) {
    mute(state, HICCUP_MUTE * lagMs)
    if (state.probe !== undefined) delayProbe(state.probe, lagMs, state.mutedUntilMs)
    return
  }
  state.probe = undefined
  state.helping.clear()
  state.awareness.adjust(Math.ceil(lagMs / config.probeIntervalMs))
  mute(state, config.probeIntervalMs)
  state.schedule.probeAtMs = Math.max(state.schedule.probeAtMs, nowMs)
  state.events.push({ type: 'SELF_STALLED', lagMs })
}

function mute(state: MemberState, forMs: number): void {
  state.mutedUntilMs = Math.max(state.mutedUntilMs, state.nowMs + forMs)
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
