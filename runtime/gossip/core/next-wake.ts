import { isRunning, type MemberState } from './member-state.ts'
import { probeDueMs } from './probe.ts'

/** When the member wants its next tick; never in the past, so that lateness says something of the host alone. */
export function nextWakeMs(state: MemberState): number {
  const { helping, log, nowMs, queue, schedule } = state
  if (state.self.phase === 'left') return Infinity
  let wakeMs = Math.min(schedule.forwardAtMs, schedule.reapAtMs, helping.nextMs)
  if (queue.size > 0 || log.hasWaiting) {
    alignGossip(state)
    wakeMs = Math.min(wakeMs, schedule.gossipAtMs)
  }
  if (isRunning(state)) wakeMs = Math.min(wakeMs, runningWakeMs(state))
  else wakeMs = Math.min(wakeMs, schedule.departAtMs)
  return Math.max(nowMs, wakeMs)
}

/** Rounds keep their phase while there is nothing to tell, without waking anyone. */
export function alignGossip({ config, nowMs, schedule }: MemberState): void {
  if (schedule.gossipAtMs > nowMs) return
  const missed = Math.floor((nowMs - schedule.gossipAtMs) / config.gossipIntervalMs) + 1
  schedule.gossipAtMs += missed * config.gossipIntervalMs
}

function runningWakeMs({
  candidates,
  damper,
  mutedUntilMs,
  probe,
  schedule,
  suspicions,
}: MemberState): number {
  return Math.min(
    schedule.probeAtMs,
    schedule.digestAtMs,
    schedule.healAtMs,
    schedule.joinAtMs,
    probeDueMs(probe),
    Math.max(suspicions.nextMs, mutedUntilMs),
    candidates.nextMs,
    damper.nextMs,
  )
}
