import type { CborValue } from '../../actors/vocabulary/canonical/cbor-value.ts'
import type { Liveness, Page, PageRequest } from './views.ts'

/** What readers get of health, analytics and alerts. Times are ISO 8601 UTC; ratios are from 0 to 1. */

export type HealthState = 'healthy' | 'degraded' | 'unknown'

/** Ends and mean of what was measured. */
export interface RangeView {
  readonly mean: number
  readonly max: number
  readonly min?: number
}

/** A node as it is now; what is not known is absent. */
export interface VitalsView {
  readonly name: string
  readonly state: HealthState
  /** Why it is not healthy. */
  readonly reasons: readonly string[]
  readonly liveness: Liveness
  readonly version: string
  readonly platform: { readonly kind: string; readonly provider: string; readonly container: string }
  readonly heardAt?: string
  readonly heardByGossipAt?: string
  readonly heardByLinkAt?: string
  /** Median to its peers, as the node measured it. */
  readonly roundTripMs?: number
  /** From central, the newest. */
  readonly centralRoundTripMs?: number
  readonly loss?: number
  readonly loopLagP99Ms?: number
  readonly loopLagMaxMs?: number
  readonly load1?: number
  readonly cpuShare?: number
  readonly rssBytes?: number
  readonly memoryFreeBytes?: number
  readonly memoryTotalBytes?: number
  readonly uptimeMs?: number
  readonly processes?: number
}

export interface HealthBucketView {
  readonly at: string
  readonly heard: number
  readonly suspicions: number
  readonly probes: number
  readonly probesLost: number
  readonly roundTripMs?: RangeView
  readonly centralRoundTripMs?: RangeView
  readonly loss?: RangeView
  readonly loopLagMs?: RangeView
  readonly load1?: RangeView
  readonly cpuShare?: number
  readonly rssBytes?: number
  readonly memoryFreeBytes?: number
}

export interface NodeHealthView extends VitalsView {
  readonly history: {
    readonly resolution: '10s' | '1m' | '1h'
    readonly from: string
    readonly to: string
    readonly buckets: readonly HealthBucketView[]
  }
  readonly alerts: readonly AlertView[]
}

export interface VersionShareView {
  readonly version: string
  readonly nodes: number
  readonly live: number
}

export interface PlatformShareView {
  readonly kind: string
  readonly provider: string
  readonly virtualization: string
  readonly container: string
  readonly nodes: number
  readonly live: number
}

export interface AlertView {
  readonly id: string
  readonly kind: string
  readonly subject: string
  readonly severity: 'warning' | 'critical'
  readonly state: 'raised' | 'cleared'
  readonly summary: string
  readonly evidence: Readonly<Record<string, CborValue>>
  readonly raisedAt: string
  readonly clearedAt?: string
  readonly reason?: string
  readonly deliveries: { readonly waiting: number; readonly delivered: number; readonly undelivered: number }
}

export type FleetOrder = 'name' | 'round-trip' | 'loss' | 'lag' | 'load' | 'memory' | 'heard'

export interface HealthRange {
  readonly resolution: '10s' | '1m' | '1h'
  /** Wall milliseconds; default: the newest hundred stretches. */
  readonly fromMs?: number
  readonly toMs?: number
}

/** What may be asked of health and analytics. Throws `KONOR_ENGINE_NOT_FOUND`, `KONOR_ENGINE_INVALID`. */
export interface AnalyticsReads {
  nodeHealth(name: string, range: HealthRange): Promise<NodeHealthView>
  /** Every node as it is now, by name, or the worst first. */
  fleetHealth(page: PageRequest, order: FleetOrder): Page<VitalsView>
  versions(page: PageRequest): Page<VersionShareView>
  platforms(page: PageRequest): Page<PlatformShareView>
  /** Alerts, the newest first. */
  alerts(page: PageRequest, filter: { readonly state?: string; readonly kind?: string }): Page<AlertView>
}
