import type { HealthMeasures } from './health-columns.ts'

/** Stretches of time that are kept, finest first. */
export const RESOLUTIONS = ['10s', '1m', '1h'] as const
export type Resolution = (typeof RESOLUTIONS)[number]
export const RESOLUTION_MS: Readonly<Record<Resolution, number>> = {
  '10s': 10_000,
  '1m': 60_000,
  '1h': 3_600_000,
}

/** How long rows of each resolution are kept. */
export type Retention = Readonly<Record<Resolution, number>>
export const RETENTION_MS: Retention = { '10s': 3_600_000, '1m': 86_400_000, '1h': 30 * 86_400_000 }

/**
 * Rows of each resolution, whatever the retention says: past that the oldest stretches go. About 80 bytes a
 * row: at most 330 MB a resolution, and at 10,000 nodes an hour of the finest.
 */
export const ROWS_MAX = 4_000_000

/** What one node was like in one stretch of time. */
export interface HealthRow {
  /** Wall milliseconds at which the stretch began. */
  readonly atMs: number
  readonly measures: HealthMeasures
}

export interface NodeMeasures {
  readonly node: string
  readonly measures: HealthMeasures
}

/**
 * What was measured, by node and time. It holds no truth: losing it loses history and nothing else, so a write is not
 * synced, and one that fails is lost.
 */
export interface HealthStore {
  /**
   * Adds one stretch of the finest resolution, beginning at `atMs`, whole or not at all; keeps coarser ones and the
   * bounds. A stretch that is there already is merged with. Calls wait for one another.
   */
  write(atMs: number, rows: readonly NodeMeasures[]): Promise<void>
  /** Rows of a node from `fromMs` to before `toMs`, oldest first, at most `limit` of the newest. */
  history(
    node: string,
    resolution: Resolution,
    range: { readonly fromMs: number; readonly toMs: number; readonly limit: number },
  ): Promise<readonly HealthRow[]>
  close(): Promise<void>
}

/** The beginning of the stretch that holds `wallMs`. */
export function stretchOf(wallMs: number, resolution: Resolution): number {
  const lengthMs = RESOLUTION_MS[resolution]
  return Math.floor(wallMs / lengthMs) * lengthMs
}
