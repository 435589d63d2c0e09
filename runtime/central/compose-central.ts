import { CLUSTER } from '../../actors/vocabulary/addresses.ts'
import type { ClusterContext } from '../../actors/cluster/chart.ts'
import { KonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import { compileStep } from '../engine/compile-step.ts'
import type { Control } from '../engine/control.ts'
import { createLeader } from '../engine/create-leader.ts'
import type { Appended, RunningLeader } from '../engine/leader-options.ts'
import { openKernel } from '../engine/open-kernel.ts'
import { startStepRunner } from '../engine/step-runner.ts'
import type { Journal } from '../journal/journal.ts'
import { contextOf } from '../kernel/actor-record.ts'
import type { StateView } from '../kernel/kernel-state.ts'
import type { LinkTransport } from '../links/link.ts'
import type { Clock } from '../ports/clock.ts'
import type { Faults } from '../ports/fault-points.ts'
import type { Logger } from '../ports/logger.ts'
import type { Random } from '../ports/random.ts'
import { type CentralAnalyticsOptions, type OpenAnalytics, openAnalytics } from './open-analytics.ts'
import { startCheckpointer } from './checkpointer.ts'
import type { ClusterKeys } from './cluster-keys.ts'
import { createLinkHost, type LinkHost } from './link-host/create-link-host.ts'
import type { CentralMember, CentralMemberOptions } from './membership/central-member.ts'
import { ClusterGossip } from './membership/cluster-gossip.ts'
import { deriveBundleKey, groupKeys } from './membership/derive-keys.ts'
import { detectionBoundMs } from './membership/detection-bound.ts'
import { gossipControl } from './membership/gossip-control.ts'
import type { HeartbeatSink } from './membership/heartbeat-sink.ts'
import { KeyRotation } from './membership/key-rotation.ts'
import { generationsOf, keyStageOf } from './membership/key-stage.ts'
import { newId } from './new-id.ts'
import { apiKeyDigest } from './reads/api-key-digest.ts'
import { createReads } from './reads/create-reads.ts'
import { createTokenMint } from './token-mint.ts'
import { createWrites } from './writes/create-writes.ts'

export interface ComposeOptions {
  /** Open, and this central's alone to write; whoever opened it closes it, after everything in `closers`. */
  readonly journal: Journal
  readonly keys: ClusterKeys
  /** The admin's key: only its digest enters the journal. */
  readonly apiKey: string
  readonly transport: LinkTransport
  /** Where agents are listened for, and what tokens tell them; the second defaults to what was bound. */
  readonly link: string
  readonly advertise?: string
  readonly version: string
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly faults: Faults
  /** Makes this central a member of gossip; without it links alone say who lives. */
  openGossip?(boot: MemberBoot): Promise<CentralMember>
  /** How the health of nodes is kept and told; left out: in memory, to nobody but readers. */
  readonly analytics?: CentralAnalyticsOptions
  /** Records between two checkpoints; default `CHECKPOINT_RECORDS`. */
  readonly checkpointRecords?: number
  onAppended?(appended: Appended): void
  /** Called when the central cannot lead any more; it should end then. */
  onDeposed?(cause: unknown): void
}

export interface ComposedCentral {
  readonly control: Control
  readonly leader: RunningLeader
  readonly links: LinkHost
  readonly linkAddress: string
  readonly gossip: ClusterGossip | undefined
}

/** What a member of gossip has to know of the central that it is. */
export type MemberBoot = Omit<CentralMemberOptions, 'doors' | 'preset' | 'sockets'>

/** What must be undone when the central closes, newest first. */
export type Closers = (() => Promise<void> | void)[]

/**
 * All of a central but its doors for people: folds the journal, claims the next epoch in it, and opens the links. It
 * meets the world through what it is given alone, so that the simulator runs the very same. What it opened is in
 * `closers`, also when it throws.
 */
export async function composeCentral(options: ComposeOptions, closers: Closers): Promise<ComposedCentral> {
  const { journal, keys, clock, random, logger, version } = options
  const analytics = openAnalytics(options)
  const { leader, clusterId, member, boundMs } = await lead(options, analytics, closers)
  const { sink } = analytics
  const gossip =
    member && new ClusterGossip({ leader, member, secret: keys.tokenSecret, random, logger, sink })
  if (gossip !== undefined) closers.push(() => gossip.stop())
  const links = await openLinks(options, leader, clusterId, gossip, boundMs, sink)
  closers.push(() => links.stop())
  const rotation =
    gossip && new KeyRotation({ leader, gossip, linked: () => links.keyStages(), clock, logger })
  if (rotation !== undefined) closers.push(() => rotation.stop())
  const linkAddress = options.advertise ?? links.address
  const tokens = createTokenMint({
    secret: keys.tokenSecret,
    cluster: clusterId,
    publicKey: keys.keyPair.publicKey,
    address: () => linkAddress,
    bundleKey: group => deriveBundleKey(keys.tokenSecret, group),
  })
  const reads = createReads({ leader, journal, clock, clusterId, version })
  const writes = createWrites({ leader, clock, random, tokens, reads })
  const health = analytics.start(leader, clusterId, boundMs)
  closers.push(() => health.stop())
  const control: Control = {
    ...reads,
    ...writes,
    ...health.reads,
    ...gossipControl({ leader, gossip, rotation }),
  }
  return { control, leader, links, linkAddress, gossip }
}

/** Folds the journal, claims the next epoch in it, and resumes what an earlier leader owed. */
async function lead(options: ComposeOptions, analytics: OpenAnalytics, closers: Closers) {
  const { journal, apiKey, clock, random, logger, faults, onAppended } = options
  const { kernel, fromSeq, replayed } = await openKernel(journal, logger)
  const { timeline, epoch: past } = await journal.head()
  const epoch = past + 1
  const bornId = kernel.state.get(CLUSTER)
  const clusterId = bornId === undefined ? newId(clock, random) : contextOf<ClusterContext>(bornId).id
  // Its port is bound before anything is claimed: a central that cannot open its doors deposes nobody.
  const member = await openMember(options, { view: kernel.state, clusterId, timeline, epoch })
  if (member !== undefined) closers.push(() => member.stop())
  const boundMs = detectionBoundMs(kernel.state, member)
  const leader = createLeader({
    kernel,
    journal,
    clock,
    random,
    logger,
    faults,
    timeline,
    epoch,
    holdDeadlinesMs: boundMs,
    ...(onAppended === undefined ? {} : { onAppended }),
    onDeposed(cause) {
      logger.error({ err: cause }, 'this central cannot lead any more')
      options.onDeposed?.(cause)
    },
  })
  closers.push(() => leader.stop())
  await claim(leader, clusterId, apiKey)
  logger.info({ cluster: clusterId, ...leader.position, replayed }, 'leads')
  const runner = startStepRunner({
    leader,
    executors: { compile: compileStep, webhook: analytics.webhookStep },
    clock,
    random,
    logger,
    faults,
  })
  closers.push(() => {
    runner.stop()
    analytics.webhookStep.close()
  })
  const checkpointer = startCheckpointer({
    leader,
    state: kernel.state,
    journal,
    logger,
    lastSeq: fromSeq,
    ...(options.checkpointRecords === undefined ? {} : { everyRecords: options.checkpointRecords }),
  })
  closers.push(async () => {
    checkpointer.stop()
    await checkpointer
      .take()
      .catch((cause: unknown) => logger.warn({ err: cause }, 'no checkpoint on the way out'))
  })
  return { leader, clusterId, member, boundMs }
}

async function openMember(
  { openGossip, keys, clock, random, logger }: ComposeOptions,
  leadership: { view: StateView; clusterId: string; timeline: number; epoch: number },
): Promise<CentralMember | undefined> {
  const { view, clusterId, timeline, epoch } = leadership
  const generations = generationsOf(keyStageOf(view))
  const { secretKey } = keys.keyPair
  return openGossip?.({
    clusterId,
    secretKey,
    keys: groupKeys(keys.tokenSecret, generations),
    timeline,
    epoch,
    clock,
    random,
    logger,
  })
}

/** The first records of a leadership. */
async function claim(leader: RunningLeader, clusterId: string, apiKey: string): Promise<void> {
  const system = { by: 'system', scopes: ['system'] }
  await leader.submit(() => ({ input: { route: 'claim', ...system, body: {} } }))
  const key = { id: 'admin', digest: apiKeyDigest(apiKey), scopes: ['admin'] }
  await leader.submit(() => ({
    input: { route: 'bootstrap', ...system, body: { id: clusterId, keys: [key] } },
  }))
  if (leader.view.get(CLUSTER) === undefined)
    throw new KonorError('KONOR_JOURNAL_CORRUPT', 'the journal holds no cluster after its bootstrap')
}

function openLinks(
  { keys, transport, link, clock, random, logger, faults }: ComposeOptions,
  leader: RunningLeader,
  clusterId: string,
  membership: ClusterGossip | undefined,
  accusesAfterMs: number,
  sink: HeartbeatSink,
): Promise<LinkHost> {
  return createLinkHost({
    leader,
    transport,
    keyPair: keys.keyPair,
    clusterId,
    clock,
    random,
    logger,
    faults,
    ...(membership === undefined ? {} : { membership }),
    sink,
    options: { listen: link, accusesAfterMs, onAgentAhead: above => leader.fence(above) },
  })
}
