import { announceSelf } from './announce-self.ts'
import { isRunning, type MemberState } from './member-state.ts'

/** Rounds of gossip that a farewell has at most. */
const FAREWELL_ROUNDS = 10

/** Says farewell, for as long as it takes to tell enough members. */
export function startLeaving(state: MemberState): void {
  if (!isRunning(state)) return
  const { config, nowMs, schedule, self, table } = state
  const isAlone = table.live <= 1
  self.phase = 'leaving'
  state.probe = undefined
  schedule.joinAtMs = Infinity
  announceSelf(state, 'left')
  schedule.departAtMs = isAlone ? nowMs : nowMs + FAREWELL_ROUNDS * config.gossipIntervalMs
}

/** Whether the farewell was told as often as news is, or has had its time. */
export function departIfDone(state: MemberState): void {
  const { nowMs, queue, schedule, self } = state
  if (self.phase !== 'leaving' || (queue.has(self.id) && nowMs < schedule.departAtMs)) return
  self.phase = 'left'
  state.events.push({ type: 'SELF_LEFT' })
}
