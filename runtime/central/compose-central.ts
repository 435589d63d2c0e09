import type { Control } from '../engine/control.ts'
import type { Appended, RunningLeader } from '../engine/leader-options.ts'
import { type OpenedKernel, openKernel } from '../engine/open-kernel.ts'
import type { StepExecutor } from '../engine/step-runner.ts'
import type { PresetName } from '../gossip/core/presets.ts'
import type { Journal } from '../journal/journal.ts'
import type { LinkTransport } from '../links/link.ts'
import type { Clock } from '../ports/clock.ts'
import type { Faults } from '../ports/fault-points.ts'
import type { Logger } from '../ports/logger.ts'
import type { Random } from '../ports/random.ts'
import { type CentralAnalyticsOptions, openAnalytics } from './open-analytics.ts'
import type { ClusterKeys } from './cluster-keys.ts'
import { createLinkHost, type LinkHost } from './link-host/create-link-host.ts'
import type { CentralMember, CentralMemberOptions } from './membership/central-member.ts'
import { ClusterGossip } from './membership/cluster-gossip.ts'
import { deriveBundleKey } from './membership/derive-keys.ts'
import { gossipControl } from './membership/gossip-control.ts'
import type { HeartbeatSink } from './membership/heartbeat-sink.ts'
import { KeyRotation } from './membership/key-rotation.ts'
import { createReads } from './reads/create-reads.ts'
import { type SharedLease, takeLead } from './take-lead.ts'
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
  readonly gossip?: GossipDoor
  /** How the health of nodes is kept and told; left out: in memory, to nobody but readers. */
  readonly analytics?: CentralAnalyticsOptions
  /** Puts others around the executors of steps, by kind; left out, they are as they are. */
  executors?(own: Readonly<Record<string, StepExecutor>>): Readonly<Record<string, StepExecutor>>
  /** Records between two checkpoints; default `CHECKPOINT_RECORDS`. */
  readonly checkpointRecords?: number
  /** As `LeaderOptions.foldVersion`. */
  readonly foldVersion?: number
  onAppended?(appended: Appended): void
  /** Called when the central cannot lead any more; it should end then. */
  onDeposed?(cause: unknown): void
}

/** How a central becomes a member of gossip. */
export interface GossipDoor {
  readonly preset: PresetName
  open(boot: MemberBoot): Promise<CentralMember>
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
  return composeLeader(options, await openKernel(options.journal, options.logger), closers)
}

/**
 * As `composeCentral`, on a journal that is folded already. With `shared` its log has other writers: the claim is
 * worth what the log says of it (`KONOR_JOURNAL_CONFLICT`: another was faster, and the kernel is as it was), and the
 * lease is held until the last of `closers` ran.
 */
export async function composeLeader(
  options: ComposeOptions,
  opened: OpenedKernel,
  closers: Closers,
  shared?: SharedLease,
): Promise<ComposedCentral> {
  const { journal, keys, clock, random, logger, version } = options
  const analytics = openAnalytics(options)
  const { leader, clusterId, member, boundMs } = await takeLead({
    options,
    opened,
    webhookStep: analytics.webhookStep,
    closers,
    shared,
  })
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
