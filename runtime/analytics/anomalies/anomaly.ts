import type { AlertWords } from '../../../actors/alert/chart.ts'
import type { FlappingConfig } from './flapping.ts'
import { FLAPPING } from './flapping.ts'
import { RISING, type RisingConfig } from './rising-round-trip.ts'
import { SILENT, type SilentConfig } from './silent-group.ts'
import { SKEW, type SkewConfig } from './skewed-versions.ts'

export const ANOMALY_KINDS = ['flapping', 'rising-round-trip', 'silent-group', 'skewed-versions'] as const
export type AnomalyKind = (typeof ANOMALY_KINDS)[number]

/** Something out of the ordinary, as it would be raised. */
export interface Anomaly extends AlertWords {
  readonly kind: AnomalyKind
}

export interface AnomalyConfig {
  readonly flapping: FlappingConfig
  readonly rising: RisingConfig
  readonly silent: SilentConfig
  readonly skew: SkewConfig
}

export const ANOMALIES: AnomalyConfig = { flapping: FLAPPING, rising: RISING, silent: SILENT, skew: SKEW }

export function anomalyKey({ kind, subject }: Pick<AlertWords, 'kind' | 'subject'>): string {
  return `${kind}/${subject}`
}
