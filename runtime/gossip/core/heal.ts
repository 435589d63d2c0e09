import { isLive } from './member-record.ts'
import type { MemberState } from './member-state.ts'
import { pingAddress, pingOnce } from './run-probe.ts'

/** Members that try, of all together, in one interval. */
const HEALERS = 3

/**
 * Looks for members that a partition took away: now and then someone asks one that is believed dead, or a seed that
 * no living member answers for. Whoever answers hears what is said of it, begins a later life, and views are compared.
 */
export function heal(state: MemberState): void {
  const { config, nowMs, random, schedule, seeds, self, table } = state
  schedule.healAtMs = nowMs + config.healIntervalMs
  if (random.fraction() >= HEALERS / table.live) return
  const dead = []
  const livingAddresses = new Set([self.address])
  for (const record of table.records()) {
    if (record.status === 'dead' && record.address !== '') dead.push(record)
    else if (isLive(record)) livingAddresses.add(record.address)
  }
  const lost = [...dead, ...seeds.filter(seed => !livingAddresses.has(seed))]
  const choice = lost[Math.floor(random.fraction() * lost.length)]
  if (choice === undefined) return
  if (typeof choice === 'string') pingAddress(state, choice)
  else pingOnce(state, choice)
}
