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
import type { LinkTransport } from '../links/link.ts'
import type { Clock } from '../ports/clock.ts'
import type { Faults } from '../ports/fault-points.ts'
import type { Logger } from '../ports/logger.ts'
import type { Random } from '../ports/random.ts'
import { startCheckpointer } from './checkpointer.ts'
import type { ClusterKeys } from './cluster-keys.ts'
import { createLinkHost, type LinkHost } from './link-host/create-link-host.ts'
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
  onAppended?(appended: Appended): void
  /** Called when the central cannot lead any more; it should end then. */
  onDeposed?(cause: unknown): void
}

export interface ComposedCentral {
  readonly control: Control
  readonly leader: RunningLeader
  readonly links: LinkHost
  readonly linkAddress: string
}

/**
 * No deadline and no verdict on an agent before so much of a new leadership has passed: one full detection
 * bound.
 */
export const DETECTION_BOUND_MS = 18_000

/** What must be undone when the central closes, newest first. */
export type Closers = (() => Promise<void> | void)[]

/**
 * All of a central but its doors for people: folds the journal, claims the next epoch in it, and opens the links. It
 * meets the world through what it is given alone, so that the simulator runs the very same. What it opened is in
 * `closers`, also when it throws.
 */
export async function composeCentral(options: ComposeOptions, closers: Closers): Promise<ComposedCentral> {
  const { journal, keys, clock, random, version } = options
  const { leader, clusterId } = await lead(options, closers)
  const links = await openLinks(options, leader, clusterId)
  closers.push(() => links.stop())
  const linkAddress = options.advertise ?? links.address
  const tokens = createTokenMint({
    secret: keys.tokenSecret,
    cluster: clusterId,
    publicKey: keys.keyPair.publicKey,
    address: () => linkAddress,
  })
  const reads = createReads({ leader, journal, clock, clusterId, version })
  const control: Control = { ...reads, ...createWrites({ leader, clock, random, tokens, reads }) }
  return { control, leader, links, linkAddress }
}

/** Folds the journal, claims the next epoch in it, and resumes what an earlier leader owed. */
async function lead(options: ComposeOptions, closers: Closers) {
  const { journal, apiKey, clock, random, logger, faults, onAppended } = options
  const { kernel, fromSeq, replayed } = await openKernel(journal, logger)
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
    ...(onAppended === undefined ? {} : { onAppended }),
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
  { keys, transport, link, clock, random, logger, faults }: ComposeOptions,
  leader: RunningLeader,
  clusterId: string,
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
    options: { listen: link, onAgentAhead: above => leader.fence(above) },
  })
}
