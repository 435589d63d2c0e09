import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { KonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import { createApi } from '../api/create-api.ts'
import type { TlsFiles } from '../api/build-app.ts'
import { createMetrics } from '../api/metrics/create-metrics.ts'
import type { Control } from '../engine/control.ts'
import { SqliteJournal } from '../journal/sqlite-journal.ts'
import type { PresetName } from '../gossip/core/presets.ts'
import { formatLinkAddress, parseLinkAddress } from '../links/link-address.ts'
import { createTcpTransport } from '../links/tcp-link.ts'
import type { Rehearser } from '../rehearsals/rehearser.ts'
import type { Clock } from '../ports/clock.ts'
import type { Faults } from '../ports/fault-points.ts'
import type { Logger } from '../ports/logger.ts'
import type { Random } from '../ports/random.ts'
import { adminKey, clusterKeys } from './cluster-keys.ts'
import { composeCentral, type Closers } from './compose-central.ts'
import { countAppended, feedMetrics } from './feed-metrics.ts'
import { CentralMember } from './membership/central-member.ts'
import { feedGossipMetrics } from './membership/feed-gossip-metrics.ts'
import { openRehearsals } from './open-rehearsals.ts'
import { gossipDoors } from './membership/gossip-doors.ts'
import { centralAnalytics, type AnalyticsSettings } from './central-analytics.ts'

export interface CentralOptions {
  readonly dataDir: string
  /** `host:port` of HTTP and of the link; port 0 takes a free one. */
  readonly http: string
  readonly link: string
  /** `IP:PORT` of gossip, UDP and TCP. */
  readonly gossip: string
  readonly gossipPreset?: PresetName
  /** How long the history of health is kept, and who is told of alerts. */
  readonly analytics?: AnalyticsSettings
  /** What tokens tell agents to connect to; a wildcard bind needs it. */
  readonly advertise?: string
  readonly tls?: TlsFiles
  readonly insecureHttp?: boolean
  /** Plays rehearsals; without it this central answers `KONOR_REHEARSAL_UNAVAILABLE`. */
  readonly rehearser?: Rehearser
  /** Requests of one API key per second. */
  readonly rateLimitPerSecond?: number
  readonly version: string
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly faults: Faults
  /** Called when the central cannot lead any more; it should end then. */
  onDeposed?(cause: unknown): void
}

export interface RunningCentral {
  readonly httpUrl: string
  readonly linkAddress: string
  /** What agents are told to gossip with. */
  readonly gossipAddress: string
  readonly adminKeyFile: string
  /** Everything that REST does, for embedding. */
  readonly control: Control
  /** Takes nothing new, lets what is under way become durable, takes a checkpoint. */
  close(): Promise<void>
}

/**
 * Starts a central: folds its journal, claims the next epoch in it, and only then opens its doors. Throws the
 * journal's errors (`KONOR_JOURNAL_LOCKED`, `…_CORRUPT`, …), `KONOR_API_INSECURE_BIND`,
 * `KONOR_LINK_LISTEN_FAILED`.
 */
export async function startCentral(options: CentralOptions): Promise<RunningCentral> {
  refuseUnreachable(options)
  const closers: Closers = []
  const close = async (): Promise<void> => {
    for (const closeOne of closers.splice(0).toReversed()) await closeOne()
  }
  try {
    return await open(options, closers, close)
  } catch (thrown) {
    await close()
    throw thrown
  }
}

async function open(
  options: CentralOptions,
  closers: Closers,
  close: () => Promise<void>,
): Promise<RunningCentral> {
  const { dataDir, link, advertise, clock, random, logger, faults, version } = options
  await mkdir(dataDir, { recursive: true, mode: 0o700 })
  const journal = await SqliteJournal.open(dataDir, { faults })
  closers.push(() => journal.close())
  const metrics = createMetrics(version)
  const doors = await gossipDoors(options.gossip, advertise)
  const preset = options.gossipPreset ?? 'lan'
  const { control, leader, links, linkAddress, gossip } = await composeCentral(
    {
      journal,
      keys: await clusterKeys(dataDir, random),
      apiKey: await adminKey(dataDir, random),
      transport: createTcpTransport(),
      link,
      ...(advertise === undefined ? {} : { advertise }),
      version,
      clock,
      random,
      logger,
      faults,
      gossip: { preset, open: boot => CentralMember.start({ ...boot, doors, preset }) },
      analytics: await centralAnalytics(options, metrics, closers),
      onAppended: appended => countAppended(metrics, appended),
      onDeposed: cause => options.onDeposed?.(cause),
    },
    closers,
  )
  feedMetrics(metrics, leader, links)
  if (gossip !== undefined) feedGossipMetrics(metrics, leader, links, gossip)
  const rehearsals = openRehearsals(options, leader, control)
  if (rehearsals !== undefined) closers.push(() => rehearsals.close())
  const api = await createApi({
    control,
    logger,
    clock,
    random,
    metrics,
    ...(rehearsals === undefined ? {} : { rehearsals }),
    options: apiOptionsOf(options),
  })
  closers.push(() => api.close())
  const httpUrl = await api.listen(options.http, options.tls)
  const gossipAddress = gossip?.member.host.address ?? ''
  return { httpUrl, linkAddress, gossipAddress, adminKeyFile: join(dataDir, 'admin.key'), control, close }
}

function apiOptionsOf({ insecureHttp, rateLimitPerSecond }: CentralOptions) {
  return {
    insecureHttp: insecureHttp ?? false,
    ...(rateLimitPerSecond === undefined ? {} : { rateLimitPerSecond }),
  }
}

/** Agents cannot connect to a wildcard: what tokens say must be an address. */
function refuseUnreachable({ link, advertise }: CentralOptions): void {
  const { host } = parseLinkAddress(link)
  if (advertise === undefined && (host === '0.0.0.0' || host === '::')) {
    throw new KonorError(
      'KONOR_ENGINE_PLAINTEXT',
      `agents cannot connect to ${link}: say with --advertise where they reach this central`,
    )
  }
  if (advertise !== undefined) formatLinkAddress(parseLinkAddress(advertise))
}
