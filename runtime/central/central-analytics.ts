import { join } from 'node:path'
import type { AnomalyConfig } from '../analytics/anomalies/anomaly.ts'
import type { FleetCounts } from '../analytics/health-fleet.ts'
import type { Retention } from '../analytics/health-store.ts'
import { openSqliteHealthStore } from '../analytics/sqlite/sqlite-health-store.ts'
import type { Webhook } from '../analytics/webhooks/webhook.ts'
import type { Metrics } from '../api/metrics/create-metrics.ts'
import type { Logger } from '../ports/logger.ts'
import type { Closers } from './compose-central.ts'
import type { CentralAnalyticsOptions } from './open-analytics.ts'

export interface AnalyticsSettings {
  readonly retention?: Retention
  readonly webhooks?: { readonly targets: readonly Webhook[]; readonly secret: string }
  /** Default: `ANOMALIES`. */
  readonly anomalies?: AnomalyConfig
}

/** The analytics of a central with a disk and metrics: history in `analytics.db` of its data directory. */
export async function centralAnalytics(
  options: {
    readonly dataDir: string
    readonly logger: Logger
    readonly analytics?: AnalyticsSettings
  },
  metrics: Metrics,
  closers: Closers,
): Promise<CentralAnalyticsOptions> {
  const { dataDir, logger, analytics: { retention, ...settings } = {} } = options
  const store = await openSqliteHealthStore({
    file: join(dataDir, 'analytics.db'),
    logger,
    ...(retention === undefined ? {} : { retention }),
    onBegunAnew: () => metrics.count('konor_analytics_damaged_total', {}),
  })
  closers.push(() => store.close())
  return {
    ...settings,
    store,
    onAttempt: outcome => metrics.count('konor_alert_deliveries_total', { outcome }),
    onLost: () => metrics.count('konor_analytics_stretches_lost_total', {}),
    onStarted(fleet, analytics) {
      let seen: FleetCounts = { heard: 0, refused: {}, overflown: 0 }
      metrics.onScrape(() => {
        const { counts } = fleet
        metrics.count('konor_analytics_heartbeats_total', {}, counts.heard - seen.heard)
        metrics.count('konor_analytics_overflown_total', {}, counts.overflown - seen.overflown)
        for (const [reason, count] of Object.entries(counts.refused))
          metrics.count('konor_analytics_refused_total', { reason }, count - (seen.refused[reason] ?? 0))
        seen = counts
        const byKind: Record<string, number> = {}
        for (const { kind } of analytics.raised) byKind[kind] = (byKind[kind] ?? 0) + 1
        metrics.resetGauge('konor_anomalies')
        for (const [kind, count] of Object.entries(byKind)) metrics.set('konor_anomalies', { kind }, count)
      })
    },
  }
}
