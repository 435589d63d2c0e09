import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { apiKeyDigest } from './reads/api-key-digest.ts'
import { CLUSTER } from '../../actors/vocabulary/addresses.ts'
import type { ClusterContext } from '../../actors/cluster/chart.ts'
import { KonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import { createApi } from '../api/create-api.ts'
import type { TlsFiles } from '../api/build-app.ts'
import { createMetrics, type Metrics } from '../api/metrics/create-metrics.ts'
import { compileStep } from '../engine/compile-step.ts'
import { createLeader } from '../engine/create-leader.ts'
import type { RunningLeader } from '../engine/leader-options.ts'
import type { Control } from '../engine/control.ts'
import { openKernel } from '../engine/open-kernel.ts'
import { startStepRunner } from '../engine/step-runner.ts'
import { SqliteJournal } from '../journal/sqlite-journal.ts'
import { contextOf } from '../kernel/actor-record.ts'
import { formatLinkAddress, parseLinkAddress } from '../links/link-address.ts'
import { createTcpTransport } from '../links/tcp-link.ts'
import type { Clock } from '../ports/clock.ts'
import type { Faults } from '../ports/fault-points.ts'
import type { Logger } from '../ports/logger.ts'
import type { Random } from '../ports/random.ts'
import { startCheckpointer } from './checkpointer.ts'
import { adminKey, clusterKeys } from './cluster-keys.ts'
import { countAppended, feedMetrics } from './feed-metrics.ts'
import { createLinkHost, type LinkHost } from './link-host/create-link-host.ts'
import { newId } from './new-id.ts'
import { createReads } from './reads/create-reads.ts'
import { createTokenMint } from './token-mint.ts'
import { createWrites } from './writes/create-writes.ts'

export interface CentralOptions {
  readonly dataDir: string
  /** `host:port` of HTTP and of the link; port 0 takes a free one. */
  readonly http: string
  readonly link: string
  /** What tokens tell agents to connect to; a wildcard bind needs it. */
  readonly advertise?: string
  readonly tls?: TlsFiles
  readonly insecureHttp?: boolean
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
  readonly adminKeyFile: string
  /** Everything that REST does, for embedding. */
  readonly control: Control
  /** Takes nothing new, lets what is under way become durable, takes a checkpoint. */
  close(): Promise<void>
}

/**
 * No deadline and no verdict on an agent before so much of a new leadership has passed: one full detection
 * bound.
 */
export const DETECTION_BOUND_MS = 18_000

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

/** What must be undone when the central closes, newest first. */
type Closers = (() => Promise<void> | void)[]

async function open(
  options: CentralOptions,
  closers: Closers,
  close: () => Promise<void>,
): Promise<RunningCentral> {
  const { dataDir, clock, random, logger, version } = options
  await mkdir(dataDir, { recursive: true, mode: 0o700 })
  const journal = await SqliteJournal.open(dataDir, { faults: options.faults })
  closers.push(() => journal.close())
  const keys = await clusterKeys(dataDir, random)
  const metrics = createMetrics(version)
  const { leader, clusterId } = await lead(options, journal, metrics, closers)
  const host = await openLinks(options, leader, clusterId, keys)
  closers.push(() => host.stop())
  const linkAddress = options.advertise ?? host.address
  const tokens = createTokenMint({
    secret: keys.tokenSecret,
    cluster: clusterId,
    publicKey: keys.keyPair.publicKey,
    address: () => linkAddress,
  })
  const reads = createReads({ leader, journal, clock, clusterId, version })
  const control: Control = { ...reads, ...createWrites({ leader, clock, random, tokens, reads }) }
  feedMetrics(metrics, leader, host)
  const api = await createApi({ control, logger, clock, random, metrics, options: apiOptionsOf(options) })
  closers.push(() => api.close())
  const httpUrl = await api.listen(options.http, options.tls)
  return { httpUrl, linkAddress, adminKeyFile: join(dataDir, 'admin.key'), control, close }
}

/** Folds the journal, claims the next epoch in it, and resumes what an earlier leader owed. */
async function lead(options: CentralOptions, journal: SqliteJournal, metrics: Metrics, closers: Closers) {
  const { dataDir, clock, random, logger, faults } = options
  const { kernel, fromSeq, replayed } = await openKernel(journal, logger)
  const apiKey = await adminKey(dataDir, random)
  const head = await journal.head()
  const leader = createLeader({
    kernel,
    journal,
    clock,
    random,
    logger,
    faults,
    timeline: head.timeline,
    epoch: head.epoch + 1,
    holdDeadlinesMs: DETECTION_BOUND_MS,
    onAppended: appended => countAppended(metrics, appended),
    onDeposed(cause) {
      logger.error({ err: cause }, 'this central cannot lead any more')
      options.onDeposed?.(cause)
    },
  })
  closers.push(() => leader.stop())
  const clusterId = await claim(leader, clock, random, apiKey)
  logger.info({ cluster: clusterId, ...leader.position, replayed }, 'leads')
  const runner = startStepRunner({
    leader,
    executors: { compile: compileStep },
    clock,
    random,
    logger,
    faults,
  })
  closers.push(() => runner.stop())
  const checkpointer = startCheckpointer({ leader, state: kernel.state, journal, logger, lastSeq: fromSeq })
  closers.push(async () => {
    checkpointer.stop()
    await checkpointer
      .take()
      .catch((cause: unknown) => logger.warn({ err: cause }, 'no checkpoint on the way out'))
  })
  return { leader, clusterId }
}

function apiOptionsOf({ insecureHttp, rateLimitPerSecond }: CentralOptions) {
  return {
    insecureHttp: insecureHttp ?? false,
    ...(rateLimitPerSecond === undefined ? {} : { rateLimitPerSecond }),
  }
}

/** The first records of a leadership; answers the cluster's id, which is as old as the journal. */
async function claim(leader: RunningLeader, clock: Clock, random: Random, apiKey: string): Promise<string> {
  const system = { by: 'system', scopes: ['system'] }
  await leader.submit(() => ({ input: { route: 'claim', ...system, body: {} } }))
  const key = { id: 'admin', digest: apiKeyDigest(apiKey), scopes: ['admin'] }
  await leader.submit(() => ({
    input: { route: 'bootstrap', ...system, body: { id: newId(clock, random), keys: [key] } },
  }))
  const cluster = leader.view.get(CLUSTER)
  if (cluster === undefined)
    throw new KonorError('KONOR_JOURNAL_CORRUPT', 'the journal holds no cluster after its bootstrap')
  return contextOf<ClusterContext>(cluster).id
}

function openLinks(
  { link, clock, random, logger, faults }: CentralOptions,
  leader: RunningLeader,
  clusterId: string,
  { keyPair }: Awaited<ReturnType<typeof clusterKeys>>,
): Promise<LinkHost> {
  return createLinkHost({
    leader,
    transport: createTcpTransport(),
    keyPair,
    clusterId,
    clock,
    random,
    logger,
    faults,
    options: { listen: link, onAgentAhead: above => leader.fence(above) },
  })
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
