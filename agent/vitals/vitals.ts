import {
  encodeStatistics,
  type PlatformKind,
  PLATFORM_KINDS,
} from '../../runtime/analytics/statistics-codec.ts'
import type { Clock } from '../../runtime/ports/clock.ts'
import type { Gauge } from './gauge.ts'
import { PeerProbes } from './peer-probes.ts'

/** Asked again sooner than this, the same is told: gossip and link share one look. */
export const VITALS_FRESH_MS = 4_000

export interface VitalsOptions {
  readonly gauge: Gauge
  readonly clock: Clock
  readonly version: string
  /** The platform's facts as central gets them; `kind` says where the machine stands. */
  readonly platform: Readonly<Record<string, string>>
  /** Registrations of local processes. */
  readonly processes: () => number
}

/** What this agent tells others of itself. */
export interface Vitals {
  /** Encoded statistics, at most 192 bytes. */
  heartbeat(): Uint8Array
  /** A probe of a peer ended. */
  probed(reached: boolean, roundTripMs?: number): void
  stop(): void
}

export function createVitals(options: VitalsOptions): Vitals {
  const { gauge, clock, version, processes } = options
  const platform = kindOf(options.platform['kind'])
  const probes = new PeerProbes()
  const startedAtMs = clock.monotonicMs()
  let looked = { atMs: startedAtMs, cpuMs: gauge.cpuMs() }
  let told: Uint8Array | undefined

  const look = (nowMs: number): Uint8Array => {
    const lag = gauge.takeLoopLag()
    const cpuMs = gauge.cpuMs()
    const memory = gauge.memory()
    const passedMs = nowMs - looked.atMs
    const cpuShare = passedMs > 0 ? (cpuMs - looked.cpuMs) / passedMs : 0
    looked = { atMs: nowMs, cpuMs }
    return encodeStatistics({
      loopLagP99Ms: lag.p99Ms,
      loopLagMaxMs: lag.maxMs,
      load1: gauge.load1(),
      cpuShare,
      rssBytes: memory.rssBytes,
      memoryFreeBytes: memory.freeBytes,
      memoryTotalBytes: memory.totalBytes,
      ...probes.look(nowMs),
      version,
      platform,
      uptimeMs: nowMs - startedAtMs,
      processes: processes(),
    })
  }

  return {
    heartbeat() {
      const nowMs = clock.monotonicMs()
      if (told === undefined || nowMs - looked.atMs >= VITALS_FRESH_MS) told = look(nowMs)
      return told
    },
    probed: (reached, roundTripMs) => probes.ended(clock.monotonicMs(), reached, roundTripMs),
    stop: () => gauge.stop(),
  }
}

function kindOf(kind: string | undefined): PlatformKind {
  return PLATFORM_KINDS.find(known => known === kind) ?? 'unknown'
}
