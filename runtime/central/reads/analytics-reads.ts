import type { AlertContext } from '../../../actors/alert/chart.ts'
import type { NodeContext } from '../../../actors/node/chart.ts'
import { nodeAddress } from '../../../actors/vocabulary/addresses.ts'
import { KonorError } from '../../../actors/vocabulary/errors/konor-error.ts'
import { livenessOf } from './liveness-of.ts'
import { notFound } from './not-found.ts'
import { numberKey, pageOf } from './page-of.ts'
import type { AnalyticsReads, FleetOrder, HealthRange, VitalsView } from '../../engine/analytics-views.ts'
import type { Leader } from '../../engine/leader.ts'
import { type ActorRecord, contextOf, isDone, isIn } from '../../kernel/actor-record.ts'
import type { Clock } from '../../ports/clock.ts'
import type { HealthFleet } from '../../analytics/health-fleet.ts'
import { type HealthStore, RESOLUTION_MS } from '../../analytics/health-store.ts'
import { alertView, bucketView, isoTime } from '../../analytics/health-views.ts'
import { judgeHealth } from '../../analytics/judge-health.ts'

/** Stretches in one answer: six hours of the finest, two days of minutes. */
export const HISTORY_STRETCHES_MAX = 2_880
const HISTORY_STRETCHES_DEFAULT = 60

export interface AnalyticsReadsOptions {
  readonly leader: Pick<Leader, 'view'>
  readonly fleet: HealthFleet
  readonly store: HealthStore
  readonly clock: Clock
}

export function createAnalyticsReads(options: AnalyticsReadsOptions): AnalyticsReads {
  const { view } = options.leader
  return {
    async nodeHealth(name, range) {
      const record = view.get(nodeAddress(name))
      if (record === undefined) throw notFound('node', name)
      const alerts = alertsByNode(options).get(nodeAddress(name)) ?? []
      const { resolution, fromMs, toMs } = rangeOf(range, options.clock.wallMs())
      const rows = await options.store.history(name, resolution, {
        fromMs,
        toMs,
        limit: HISTORY_STRETCHES_MAX,
      })
      return {
        ...vitalsView(options, record, alerts),
        history: { resolution, from: isoTime(fromMs), to: isoTime(toMs), buckets: rows.map(bucketView) },
        alerts: alerts.map(alertView),
      }
    },
    fleetHealth(page, order) {
      const alerts = alertsByNode(options)
      const items = livingNodes(options).map(record =>
        vitalsView(options, record, alerts.get(record.address) ?? []),
      )
      const keyOf = (vitals: VitalsView): string => orderKey(vitals, order)
      const newestFirst = order !== 'name'
      return pageOf({ items: sorted(items, keyOf, newestFirst), keyOf, view: one => one, newestFirst }, page)
    },
    versions(page) {
      const shares = tally(livingNodes(options), record => [contextOf<NodeContext>(record).version])
      const items = shares.map(({ key: [version = ''], nodes, live }) => ({ version, nodes, live }))
      return pageOf({ items, keyOf: share => share.version, view: share => share }, page)
    },
    platforms(page) {
      const shares = tally(livingNodes(options), record => {
        const { kind, provider, virtualization, container } = contextOf<NodeContext>(record).platform
        return [kind, provider, virtualization, container].map(fact => fact ?? 'unknown')
      })
      const items = shares.map(({ id, key, nodes, live }) => {
        const [kind = '', provider = '', virtualization = '', container = ''] = key
        return { id, share: { kind, provider, virtualization, container, nodes, live } }
      })
      return pageOf({ items, keyOf: ({ id }) => id, view: ({ share }) => share }, page)
    },
    alerts(page, { state, kind }) {
      const keyOf = (record: ActorRecord): string =>
        `${numberKey(contextOf<AlertContext>(record).raisedSeq)} ${record.address}`
      const items = view
        .list('alert')
        .filter(record => state === undefined || (state === 'raised') === isIn(record, 'raised'))
        .filter(record => kind === undefined || contextOf<AlertContext>(record).kind === kind)
      return pageOf({ items: sorted(items, keyOf, true), keyOf, view: alertView, newestFirst: true }, page)
    },
  }
}

/** A node as it is now. */
function vitalsView(
  { fleet, clock }: AnalyticsReadsOptions,
  record: ActorRecord,
  alerts: readonly ActorRecord[],
): VitalsView {
  const { name, version, platform } = contextOf<NodeContext>(record)
  const vitals = fleet.vitals(name)
  const nowMs = clock.monotonicMs()
  const at = (monotonicMs: number): string => isoTime(clock.wallMs() - Math.round(nowMs - monotonicMs))
  const { statistics, statisticsAtMs, gossipAtMs, linkAtMs, centralRoundTripMs } = vitals ?? {}
  const heardMs = fleet.lastHeardMs(name)
  const liveness = livenessOf(record)
  const ageMs = statisticsAtMs === undefined ? undefined : nowMs - statisticsAtMs
  const kinds = alerts.map(alert => contextOf<AlertContext>(alert).kind)
  const { kind = 'unknown', provider = 'unknown', container = 'unknown' } = platform
  return {
    name,
    ...judgeHealth({ liveness, statistics, ageMs, alerts: kinds }),
    liveness,
    version: statistics?.version ?? version,
    platform: { kind, provider, container },
    ...(heardMs === undefined ? {} : { heardAt: at(heardMs) }),
    ...(gossipAtMs === undefined ? {} : { heardByGossipAt: at(gossipAtMs) }),
    ...(linkAtMs === undefined ? {} : { heardByLinkAt: at(linkAtMs) }),
    ...(centralRoundTripMs === undefined ? {} : { centralRoundTripMs }),
    ...(statistics === undefined ? {} : measuredView(statistics)),
  }
}

type Measured = NonNullable<NonNullable<ReturnType<HealthFleet['vitals']>>['statistics']>

function measuredView(statistics: Measured): Partial<VitalsView> {
  const { peerRoundTripMs, peerLoss, loopLagP99Ms, loopLagMaxMs, load1, cpuShare, ...rest } = statistics
  const { rssBytes, memoryFreeBytes, memoryTotalBytes, uptimeMs, processes } = rest
  return {
    ...(peerRoundTripMs === undefined ? {} : { roundTripMs: peerRoundTripMs }),
    ...(peerLoss === undefined ? {} : { loss: peerLoss }),
    loopLagP99Ms,
    loopLagMaxMs,
    load1,
    cpuShare,
    rssBytes,
    memoryFreeBytes,
    memoryTotalBytes,
    uptimeMs,
    processes,
  }
}

/** Raised alerts by what they are about. */
function alertsByNode({ leader }: AnalyticsReadsOptions): ReadonlyMap<string, readonly ActorRecord[]> {
  const alerts = new Map<string, ActorRecord[]>()
  for (const record of leader.view.list('alert')) {
    if (!isIn(record, 'raised')) continue
    const { subject } = contextOf<AlertContext>(record)
    const those = alerts.get(subject)
    if (those === undefined) alerts.set(subject, [record])
    else those.push(record)
  }
  return alerts
}

function livingNodes({ leader }: AnalyticsReadsOptions): readonly ActorRecord[] {
  return leader.view.list('node').filter(record => !isDone(record))
}

interface Tally {
  readonly id: string
  readonly key: readonly string[]
  nodes: number
  live: number
}

function tally(
  records: readonly ActorRecord[],
  keyOf: (record: ActorRecord) => readonly string[],
): readonly Tally[] {
  const shares = new Map<string, Tally>()
  for (const record of records) {
    const key = keyOf(record)
    const id = key.join('\u0000')
    const share = shares.get(id) ?? { id, key, nodes: 0, live: 0 }
    shares.set(id, share)
    share.nodes++
    const liveness = livenessOf(record)
    if (liveness === 'alive' || liveness === 'suspect') share.live++
  }
  return sorted([...shares.values()], ({ id }) => id, false)
}

function orderKey(vitals: VitalsView, order: FleetOrder): string {
  if (order === 'name') return vitals.name
  // Of what was heard the oldest is the worst, and what was never heard worse than that.
  if (order === 'heard') {
    const heardMs = vitals.heardAt === undefined ? 0 : Date.parse(vitals.heardAt)
    return `${numberKey(Number.MAX_SAFE_INTEGER - heardMs)} ${vitals.name}`
  }
  const measured = {
    'round-trip': vitals.roundTripMs ?? vitals.centralRoundTripMs,
    loss: vitals.loss,
    lag: vitals.loopLagP99Ms,
    load: vitals.load1,
    memory: vitals.rssBytes,
  }[order]
  return `${numberKey(measured === undefined ? 0 : Math.round(measured * 1_000) + 1)} ${vitals.name}`
}

function sorted<Item>(items: readonly Item[], keyOf: (item: Item) => string, falling: boolean): Item[] {
  const sign = falling ? -1 : 1
  return items
    .map(item => ({ item, key: keyOf(item) }))
    .sort((a, b) => sign * (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
    .map(({ item }) => item)
}

function rangeOf({ resolution, fromMs, toMs }: HealthRange, nowMs: number) {
  const lengthMs = RESOLUTION_MS[resolution]
  const until = toMs ?? nowMs
  const from = fromMs ?? until - HISTORY_STRETCHES_DEFAULT * lengthMs
  if (from > until)
    throw new KonorError('KONOR_ENGINE_INVALID', 'the range ends before it begins: `from` comes before `to`')
  if ((until - from) / lengthMs > HISTORY_STRETCHES_MAX)
    throw new KonorError(
      'KONOR_ENGINE_INVALID',
      `the range has more than ${HISTORY_STRETCHES_MAX} stretches of ${resolution}: ask for less, or coarser`,
    )
  return { resolution, fromMs: from, toMs: until }
}
