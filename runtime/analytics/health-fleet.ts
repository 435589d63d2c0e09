import type { Clock } from '../ports/clock.ts'
import type { HeardHeartbeat, HeartbeatSink, ProbedNode } from './heartbeat-sink.ts'
import { type HealthMeasures, measure } from './health-columns.ts'
import type { NodeMeasures } from './health-store.ts'
import { decodeStatistics, isRefused, type Statistics } from './statistics-codec.ts'

/** Nodes that are followed at once; a further one is not, and the metric says so. */
export const FLEET_NODES_MAX = 20_000

/** What was last heard of a node, in monotonic milliseconds of this process. */
export interface NodeVitals {
  readonly statistics: Statistics | undefined
  readonly statisticsAtMs: number | undefined
  readonly gossipAtMs: number | undefined
  readonly linkAtMs: number | undefined
  /** The newest round trip from central. */
  readonly centralRoundTripMs: number | undefined
}

interface Followed {
  statistics: Statistics | undefined
  statisticsAtMs: number | undefined
  gossipAtMs: number | undefined
  linkAtMs: number | undefined
  centralRoundTripMs: number | undefined
  measures: HealthMeasures
}

/** What was counted since the start. */
export interface FleetCounts {
  readonly heard: number
  /** Statistics that were refused, by reason. */
  readonly refused: Readonly<Record<string, number>>
  /** Nodes beyond `FLEET_NODES_MAX`. */
  readonly overflown: number
}

/** Everything that was heard lately, by node: as it is now, and added up since the last stretch was taken. */
export class HealthFleet implements HeartbeatSink {
  readonly #clock: Clock
  readonly #nodes = new Map<string, Followed>()
  readonly #refused: Record<string, number> = {}
  #heard = 0
  #overflown = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get counts(): FleetCounts {
    return { heard: this.#heard, refused: { ...this.#refused }, overflown: this.#overflown }
  }

  heard({ node, via, heartbeat, roundTripMs, loopLagMs }: HeardHeartbeat): void {
    const followed = this.#follow(node)
    if (followed === undefined) return
    this.#heard++
    const nowMs = this.#clock.monotonicMs()
    if (via === 'gossip') followed.gossipAtMs = nowMs
    else followed.linkAtMs = nowMs
    measure(followed.measures, 'heard', 1)
    if (roundTripMs !== undefined) roundTrip(followed, roundTripMs)
    if (heartbeat !== undefined) this.#take(followed, heartbeat, nowMs)
    else if (isMeasure(loopLagMs)) measure(followed.measures, 'lagMax', loopLagMs * 10)
  }

  probed({ node, reached, roundTripMs }: ProbedNode): void {
    const followed = this.#follow(node)
    if (followed === undefined) return
    measure(followed.measures, 'probes', 1)
    if (!reached) measure(followed.measures, 'probesLost', 1)
    else if (roundTripMs !== undefined) roundTrip(followed, roundTripMs)
  }

  /** The journal made the node suspect or offline. */
  suspected(node: string): void {
    const followed = this.#follow(node)
    if (followed !== undefined) measure(followed.measures, 'suspicions', 1)
  }

  vitals(node: string): NodeVitals | undefined {
    return this.#nodes.get(node)
  }

  /** When the node was last heard, in any way; undefined: not since the start. */
  lastHeardMs(node: string): number | undefined {
    const followed = this.#nodes.get(node)
    if (followed === undefined) return undefined
    const { gossipAtMs, linkAtMs } = followed
    if (gossipAtMs === undefined || linkAtMs === undefined) return gossipAtMs ?? linkAtMs
    return Math.max(gossipAtMs, linkAtMs)
  }

  /** What was measured since the last call, by node; begins the next stretch and forgets whom `isThere` denies. */
  takeStretch(isThere: (node: string) => boolean): NodeMeasures[] {
    const rows: NodeMeasures[] = []
    for (const [node, followed] of this.#nodes) {
      if (!isThere(node)) {
        this.#nodes.delete(node)
        continue
      }
      const { measures } = followed
      if (Object.keys(measures).length === 0) continue
      followed.measures = {}
      rows.push({ node, measures })
    }
    return rows
  }

  #follow(node: string): Followed | undefined {
    const known = this.#nodes.get(node)
    if (known !== undefined) return known
    if (this.#nodes.size >= FLEET_NODES_MAX) {
      this.#overflown++
      return undefined
    }
    const followed: Followed = {
      statistics: undefined,
      statisticsAtMs: undefined,
      gossipAtMs: undefined,
      linkAtMs: undefined,
      centralRoundTripMs: undefined,
      measures: {},
    }
    this.#nodes.set(node, followed)
    return followed
  }

  #take(followed: Followed, heartbeat: Uint8Array, nowMs: number): void {
    const decoded = decodeStatistics(heartbeat)
    if (isRefused(decoded)) {
      measure(followed.measures, 'refused', 1)
      this.#refused[decoded.refused] = (this.#refused[decoded.refused] ?? 0) + 1
      return
    }
    followed.statistics = decoded
    followed.statisticsAtMs = nowMs
    addStatistics(followed.measures, decoded)
  }
}

function roundTrip(followed: Followed, roundTripMs: number): void {
  if (!isMeasure(roundTripMs)) return
  followed.centralRoundTripMs = roundTripMs
  measure(followed.measures, 'centralCount', 1)
  measure(followed.measures, 'centralSumUs', roundTripMs * 1_000)
  measure(followed.measures, 'centralMaxUs', roundTripMs * 1_000)
}

function addStatistics(measures: HealthMeasures, statistics: Statistics): void {
  const { peerRoundTripMs, peerLoss } = statistics
  measure(measures, 'statistics', 1)
  if (peerRoundTripMs !== undefined) {
    measure(measures, 'peerCount', 1)
    measure(measures, 'peerSumUs', peerRoundTripMs * 1_000)
    measure(measures, 'peerMinUs', peerRoundTripMs * 1_000)
    measure(measures, 'peerMaxUs', peerRoundTripMs * 1_000)
  }
  if (peerLoss !== undefined) {
    measure(measures, 'lossCount', 1)
    measure(measures, 'lossSumPm', peerLoss * 1_000)
    measure(measures, 'lossMaxPm', peerLoss * 1_000)
  }
  measure(measures, 'lagSum', statistics.loopLagP99Ms * 10)
  measure(measures, 'lagMax', statistics.loopLagMaxMs * 10)
  measure(measures, 'loadSum', statistics.load1 * 100)
  measure(measures, 'loadMax', statistics.load1 * 100)
  measure(measures, 'cpuSumPm', statistics.cpuShare * 1_000)
  measure(measures, 'rssMaxKib', statistics.rssBytes / 1_024)
  measure(measures, 'memoryFreeMinKib', statistics.memoryFreeBytes / 1_024)
}

function isMeasure(value: number | undefined): value is number {
  return value !== undefined && Number.isFinite(value) && value >= 0
}
