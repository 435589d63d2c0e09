import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import type { AnomalyConfig } from '../analytics/anomalies/anomaly.ts'
import { HealthFleet } from '../analytics/health-fleet.ts'
import type { HealthStore } from '../analytics/health-store.ts'
import { createMemoryHealthStore } from '../analytics/memory-health-store.ts'
import { type Analytics, startAnalytics } from '../analytics/start-analytics.ts'
import { type PostDelivery, postOverHttp } from '../analytics/webhooks/post-delivery.ts'
import type { Webhook } from '../analytics/webhooks/webhook.ts'
import { createWebhookStep, type WebhookStep } from '../analytics/webhooks/webhook-step.ts'
import type { Leader } from '../engine/leader.ts'
import type { AnalyticsReads } from '../engine/analytics-views.ts'
import type { HeartbeatSink } from './membership/heartbeat-sink.ts'
import { createAnalyticsReads } from './reads/analytics-reads.ts'

export interface CentralAnalyticsOptions {
  /** Closed by whoever opened it; default: one in memory. */
  readonly store?: HealthStore
  /** Who is told of alerts, and the secret that what they are told is signed with. */
  readonly webhooks?: { readonly targets: readonly Webhook[]; readonly secret: string }
  readonly post?: PostDelivery
  readonly anomalies?: AnomalyConfig
  onStarted?(fleet: HealthFleet, analytics: Analytics): void
  onAttempt?(outcome: 'delivered' | 'failed'): void
  onLost?(): void
}

/** Follows, and answers. */
export interface StartedAnalytics {
  readonly reads: AnalyticsReads
  stop(): Promise<void>
}

/** What hears of nodes before there is a leader, and delivers what an earlier one left. */
export interface OpenAnalytics {
  readonly sink: HeartbeatSink
  readonly webhookStep: WebhookStep
  start(leader: Leader, clusterId: string, detectionBoundMs: number): StartedAnalytics
}

export function openAnalytics({
  clock,
  logger,
  analytics = {},
}: {
  readonly clock: Clock
  readonly logger: Logger
  readonly analytics?: CentralAnalyticsOptions
}): OpenAnalytics {
  const { webhooks, onStarted, onAttempt, onLost, anomalies, post = postOverHttp } = analytics
  const { store = createMemoryHealthStore() } = analytics
  const fleet = new HealthFleet(clock)
  let cluster = ''
  const webhookStep = createWebhookStep({
    webhooks: webhooks?.targets ?? [],
    secret: webhooks?.secret ?? '',
    cluster: () => cluster,
    clock,
    post,
    ...(onAttempt === undefined ? {} : { onAttempt }),
  })
  return {
    sink: fleet,
    webhookStep,
    start(leader, clusterId, detectionBoundMs) {
      cluster = clusterId
      const started = startAnalytics({
        leader,
        fleet,
        store,
        clock,
        logger,
        targets: webhooks?.targets.map(({ id }) => id) ?? [],
        silenceFromMs: detectionBoundMs,
        ...(anomalies === undefined ? {} : { anomalies }),
        ...(onLost === undefined ? {} : { onLost }),
      })
      onStarted?.(fleet, started)
      return { reads: createAnalyticsReads({ leader, fleet, store, clock }), stop: () => started.stop() }
    },
  }
}
