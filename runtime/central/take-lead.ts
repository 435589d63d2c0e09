import { CLUSTER } from '../../actors/vocabulary/addresses.ts'
import type { ClusterContext } from '../../actors/cluster/chart.ts'
import { KonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import { compileStep } from '../engine/compile-step.ts'
import { createLeader } from '../engine/create-leader.ts'
import { holdLease } from '../engine/hold-lease.ts'
import type { RunningLeader } from '../engine/leader-options.ts'
import type { OpenedKernel } from '../engine/open-kernel.ts'
import { startStepRunner } from '../engine/step-runner.ts'
import { PRESETS } from '../gossip/core/presets.ts'
import type { SharedJournal } from '../journal/shared-journal.ts'
import { contextOf } from '../kernel/actor-record.ts'
import type { StateView } from '../kernel/kernel-state.ts'
import type { WebhookStep } from '../analytics/webhooks/webhook-step.ts'
import { startCheckpointer } from './checkpointer.ts'
import type { Closers, ComposeOptions } from './compose-central.ts'
import type { CentralMember } from './membership/central-member.ts'
import { groupKeys } from './membership/derive-keys.ts'
import { detectionBoundMs } from './membership/detection-bound.ts'
import { generationsOf, keyStageOf } from './membership/key-stage.ts'
import { newId } from './new-id.ts'
import { apiKeyDigest } from './reads/api-key-digest.ts'

/** What a leader on a shared log has to hold. */
export interface SharedLease {
  readonly journal: SharedJournal
  readonly leaseMs: number
  /** How it calls itself to those who ask a follower. */
  readonly name: string
}

export interface TakeLeadOptions {
  readonly options: ComposeOptions
  readonly opened: OpenedKernel
  readonly webhookStep: WebhookStep
  readonly closers: Closers
  readonly shared: SharedLease | undefined
}

/** A leadership that is claimed, and resumes what an earlier leader owed. */
export interface Leadership {
  readonly leader: RunningLeader
  readonly clusterId: string
  readonly member: CentralMember | undefined
  /** How long it accuses nobody. */
  readonly boundMs: number
}

/** Claims the next epoch above what was folded, and resumes what an earlier leader owed. */
export async function takeLead({
  options,
  opened,
  webhookStep,
  closers,
  shared,
}: TakeLeadOptions): Promise<Leadership> {
  const { kernel, replayed } = opened
  const { journal, clock, random, logger, faults, foldVersion, onAppended } = options
  // A restore has begun a timeline that no record is of yet. The epoch follows from what is folded, and only from that.
  const timeline = Math.max(kernel.position.timeline, (await journal.head()).timeline)
  const epoch = kernel.position.epoch + 1
  const bornId = kernel.state.get(CLUSTER)
  const clusterId = bornId === undefined ? newId(clock, random) : contextOf<ClusterContext>(bornId).id
  const boot = { view: kernel.state, clusterId, timeline, epoch }
  // Its port is bound before anything is claimed: a central that cannot open its doors deposes nobody. On a shared log
  // it must wait: two contenders would be two members of one name and one epoch.
  const early = shared === undefined ? await openMember(options, boot, closers) : undefined
  const preset = options.gossip?.preset
  const boundMs = detectionBoundMs(kernel.state, preset && { config: PRESETS[preset] })
  const stops: (() => void)[] = []
  let isDeposed = false
  const hasLost = (): boolean => isDeposed
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
    ...(foldVersion === undefined ? {} : { foldVersion }),
    ...(onAppended === undefined ? {} : { onAppended }),
    onDeposed(cause) {
      isDeposed = true
      // At once, and not when its turn comes among `closers`: no effect begins any more.
      for (const stop of stops) stop()
      logger.error({ err: cause }, 'this central cannot lead any more')
      options.onDeposed?.(cause)
    },
  })
  closers.push(() => leader.stop())
  await claim(leader, clusterId, options.apiKey, shared?.name)
  if (shared !== undefined) {
    const release = holdLease({ leader, clock, random, logger, ...shared })
    stops.push(release)
    closers.push(release)
  }
  logger.info({ cluster: clusterId, ...leader.position, replayed }, 'leads')
  const member = shared === undefined ? early : await openMember(options, boot, closers)
  if (hasLost()) throw new KonorError('KONOR_ENGINE_NO_LEADER', 'another central has claimed already')
  const stopRunner = runSteps(options, leader, webhookStep)
  stops.push(stopRunner)
  closers.push(stopRunner)
  closers.push(takeCheckpoints(options, leader, opened))
  return { leader, clusterId, member, boundMs }
}

/** Resumes what the state owes the world. Answers how to stop at once. */
function runSteps(
  { clock, random, logger, faults, executors: around = own => own }: ComposeOptions,
  leader: RunningLeader,
  webhookStep: WebhookStep,
): () => void {
  const executors = around({ compile: compileStep, webhook: webhookStep })
  const runner = startStepRunner({ leader, executors, clock, random, logger, faults })
  return () => {
    runner.stop()
    webhookStep.close()
  }
}

function takeCheckpoints(
  { journal, logger, checkpointRecords: everyRecords }: ComposeOptions,
  leader: RunningLeader,
  { kernel, fromSeq: lastSeq }: OpenedKernel,
): () => Promise<void> {
  const checkpointer = startCheckpointer({
    leader,
    state: kernel.state,
    journal,
    logger,
    lastSeq,
    ...(everyRecords === undefined ? {} : { everyRecords }),
  })
  return async () => {
    checkpointer.stop()
    await checkpointer
      .take()
      .catch((cause: unknown) => logger.warn({ err: cause }, 'no checkpoint on the way out'))
  }
}

async function openMember(
  { gossip, keys, clock, random, logger }: ComposeOptions,
  leadership: { view: StateView; clusterId: string; timeline: number; epoch: number },
  closers: Closers,
): Promise<CentralMember | undefined> {
  const { view, clusterId, timeline, epoch } = leadership
  const generations = generationsOf(keyStageOf(view))
  const { secretKey } = keys.keyPair
  const member = await gossip?.open({
    clusterId,
    secretKey,
    keys: groupKeys(keys.tokenSecret, generations),
    timeline,
    epoch,
    clock,
    random,
    logger,
  })
  if (member !== undefined) closers.push(() => member.stop())
  return member
}

/** The first records of a leadership. Nothing is told to anybody before the first of them is durable. */
async function claim(
  leader: RunningLeader,
  clusterId: string,
  apiKey: string,
  name: string | undefined,
): Promise<void> {
  const system = { by: 'system', scopes: ['system'] }
  const body = name === undefined ? {} : { central: name }
  await leader.submit(() => ({ input: { route: 'claim', ...system, body } }))
  const key = { id: 'admin', digest: apiKeyDigest(apiKey), scopes: ['admin'] }
  await leader.submit(() => ({
    input: { route: 'bootstrap', ...system, body: { id: clusterId, keys: [key] } },
  }))
  if (leader.view.get(CLUSTER) === undefined)
    throw new KonorError('KONOR_JOURNAL_CORRUPT', 'the journal holds no cluster after its bootstrap')
}
