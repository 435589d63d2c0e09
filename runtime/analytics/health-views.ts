import type { AlertContext } from '../../actors/alert/chart.ts'
import type { AlertView, HealthBucketView, RangeView } from '../engine/analytics-views.ts'
import { type ActorRecord, contextOf, isIn } from '../kernel/actor-record.ts'
import type { HealthMeasures } from './health-columns.ts'
import type { HealthRow } from './health-store.ts'

/** Stored measures in the units that readers get. */
export function bucketView({ atMs, measures }: HealthRow): HealthBucketView {
  const { heard = 0, suspicions = 0, probes = 0, probesLost = 0, statistics = 0 } = measures
  const { rssMaxKib, memoryFreeMinKib, cpuSumPm } = measures
  return {
    at: isoTime(atMs),
    heard,
    suspicions,
    probes,
    probesLost,
    ...named('roundTripMs', peerRange(measures)),
    ...named(
      'centralRoundTripMs',
      range(measures.centralCount, measures.centralSumUs, measures.centralMaxUs, 1_000),
    ),
    ...named('loss', range(measures.lossCount, measures.lossSumPm, measures.lossMaxPm, 1_000)),
    ...named('loopLagMs', range(statistics, measures.lagSum, measures.lagMax, 10)),
    ...named('load1', range(statistics, measures.loadSum, measures.loadMax, 100)),
    ...(statistics === 0 || cpuSumPm === undefined ? {} : { cpuShare: cpuSumPm / statistics / 1_000 }),
    ...(rssMaxKib === undefined ? {} : { rssBytes: rssMaxKib * 1_024 }),
    ...(memoryFreeMinKib === undefined ? {} : { memoryFreeBytes: memoryFreeMinKib * 1_024 }),
  }
}

export function alertView(record: ActorRecord): AlertView {
  const alert = contextOf<AlertContext>(record)
  const { id, kind, subject, severity, summary, evidence, clearedAtMs, reason, pending } = alert
  return {
    id,
    kind,
    subject,
    severity,
    state: isIn(record, 'raised') ? 'raised' : 'cleared',
    summary,
    evidence,
    raisedAt: isoTime(alert.raisedAtMs),
    ...(clearedAtMs === null ? {} : { clearedAt: isoTime(clearedAtMs) }),
    ...(reason === null ? {} : { reason }),
    deliveries: { waiting: pending.length, delivered: alert.delivered, undelivered: alert.undelivered },
  }
}

export function isoTime(wallMs: number): string {
  return new Date(wallMs).toISOString()
}

function peerRange(measures: HealthMeasures): RangeView | undefined {
  const found = range(measures.peerCount, measures.peerSumUs, measures.peerMaxUs, 1_000)
  const { peerMinUs } = measures
  return found === undefined || peerMinUs === undefined ? found : { ...found, min: peerMinUs / 1_000 }
}

function range(
  count: number | undefined,
  sum: number | undefined,
  max: number | undefined,
  scale: number,
): RangeView | undefined {
  if (count === undefined || count === 0 || sum === undefined || max === undefined) return undefined
  return { mean: sum / count / scale, max: max / scale }
}

function named<Name extends string>(
  name: Name,
  value: RangeView | undefined,
): Partial<Record<Name, RangeView>> {
  return value === undefined ? {} : ({ [name]: value } as Record<Name, RangeView>)
}
