import type { HealthState } from '../engine/analytics-views.ts'
import type { Liveness } from '../engine/views.ts'
import type { Statistics } from './statistics-codec.ts'

/** Statistics older than this say nothing of now: six times as long as agents take between two. */
export const FRESH_MS = 30_000
/** From here on a node is degraded: its event loop, its way to its peers, its machine's memory. */
export const LAG_DEGRADED_MS = 250
export const LOSS_DEGRADED = 0.2
export const MEMORY_FREE_DEGRADED = 0.03

export interface HealthSigns {
  readonly liveness: Liveness
  readonly statistics: Statistics | undefined
  /** Age of the statistics. */
  readonly ageMs: number | undefined
  /** Kinds of the alerts that are raised for the node. */
  readonly alerts: readonly string[]
}

/**
 * How a node does, and why if not well. Healthy needs proof: a node of which nothing fresh is known is `unknown`, as is
 * one that is offline, whatever it said before.
 */
export function judgeHealth({ liveness, statistics, ageMs, alerts }: HealthSigns): {
  readonly state: HealthState
  readonly reasons: readonly string[]
} {
  if (liveness === 'offline' || liveness === 'left')
    return { state: 'unknown', reasons: [`it is ${liveness}`] }
  const reasons = [...alerts]
  if (liveness === 'suspect') reasons.push('it is suspect')
  const isFresh = statistics !== undefined && ageMs !== undefined && ageMs <= FRESH_MS
  if (isFresh) reasons.push(...strainsOf(statistics))
  if (reasons.length > 0) return { state: 'degraded', reasons }
  if (isFresh) return { state: 'healthy', reasons }
  return {
    state: 'unknown',
    reasons: [statistics === undefined ? 'it told nothing of itself yet' : 'what it told is old'],
  }
}

function strainsOf(statistics: Statistics): string[] {
  const { loopLagP99Ms, peerLoss, memoryFreeBytes, memoryTotalBytes } = statistics
  const strains: string[] = []
  if (loopLagP99Ms >= LAG_DEGRADED_MS) strains.push(`its event loop runs ${Math.round(loopLagP99Ms)} ms late`)
  if (peerLoss !== undefined && peerLoss >= LOSS_DEGRADED)
    strains.push(`${Math.round(peerLoss * 100)} % of its probes of peers get no answer`)
  if (memoryTotalBytes > 0 && memoryFreeBytes / memoryTotalBytes < MEMORY_FREE_DEGRADED)
    strains.push('its machine is short of memory')
  return strains
}
