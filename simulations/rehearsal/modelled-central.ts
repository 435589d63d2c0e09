import { kindOf, restOf } from '../../actors/vocabulary/address.ts'
import { DesireFeed } from '../../runtime/central/link-host/desire-feed.ts'
import { reportInput } from '../../runtime/central/link-host/inputs.ts'
import {
  HEARTBEAT_MS,
  OFFLINE_AFTER_MS,
  SUSPECT_AFTER_MS,
  SWEEP_INTERVAL_MS,
} from '../../runtime/central/link-host/link-host-bounds.ts'
import {
  createLivenessMonitor,
  linkDetectionBoundMs,
  type LivenessMonitor,
} from '../../runtime/central/link-host/liveness-monitor.ts'
import { ObservedTime } from '../../runtime/central/link-host/observed-time.ts'
import { createCommittedProofs } from '../../runtime/central/link-host/sign-committed.ts'
import { compileStep } from '../../runtime/engine/compile-step.ts'
import { createLeader } from '../../runtime/engine/create-leader.ts'
import type { Folded } from '../../runtime/engine/leader.ts'
import type { RunningLeader } from '../../runtime/engine/leader-options.ts'
import { startStepRunner } from '../../runtime/engine/step-runner.ts'
import type { Kernel } from '../../runtime/kernel/kernel.ts'
import type { Journal } from '../../runtime/journal/journal.ts'
import { createKeyPair } from '../../runtime/links/secret-stream.ts'
import type { Program } from '../world/program.ts'
import { CLUSTER_ID, FIRST_REPORT_SEQ, helloOf } from './base-cluster.ts'
import { ModelledLink } from './modelled-link.ts'
import type { ModelledNode } from './modelled-node.ts'

/** A message on its way between central and a node. */
const LATENCY_MS = 0.5
const JITTER_MEAN_MS = 0.5
/** A node that lost central tries again within so much. */
const RECONNECT_MS_MAX = 3_000
/** A report that was not recorded is said again after so much. */
const REPORT_RETRY_MS = 500

const TIMES = {
  heartbeatMs: HEARTBEAT_MS,
  suspectAfterMs: SUSPECT_AFTER_MS,
  offlineAfterMs: OFFLINE_AFTER_MS,
}

/** Proofs that nobody here checks need a key that nobody has to guess. */
const PROOFS = createCommittedProofs(CLUSTER_ID, createKeyPair(new Uint8Array(32)).secretKey)

export interface ModelledCentralOptions {
  readonly program: Program
  readonly kernel: Kernel
  readonly journal: Journal
  /** The first life goes on as if it had led for long; a later one must first hear of everybody. */
  readonly isFirst: boolean
  /** Outlives this life: report numbers rise over the life of a node's key. */
  readonly reportSeqs: Map<string, number>
  readonly onFolded: (folded: Folded) => void
}

/**
 * One life of central: the real leader, step runner, desire feed and liveness monitor; links to nodes are
 * modelled, and so nobody connects, seals or frames anything.
 */
export class ModelledCentral {
  readonly leader: RunningLeader
  readonly program: Program
  readonly #options: ModelledCentralOptions
  readonly #links = new Map<string, ModelledLink>()
  readonly #unreported = new Set<string>()
  readonly #feed: DesireFeed
  readonly #liveness: LivenessMonitor
  readonly #time: ObservedTime

  constructor(options: ModelledCentralOptions) {
    this.#options = options
    const { program, kernel, journal, isFirst } = options
    this.program = program
    const { clock, random, logger, faults } = program
    const { timeline, epoch } = kernel.position
    const boundMs = isFirst ? 0 : linkDetectionBoundMs(TIMES)
    const leader = createLeader({
      kernel,
      journal,
      clock,
      random,
      logger,
      faults,
      timeline,
      epoch: isFirst ? epoch : epoch + 1,
      holdDeadlinesMs: boundMs,
      onDeposed: cause => logger.error({ err: cause }, 'cannot lead any more'),
    })
    this.leader = leader
    startStepRunner({ leader, executors: { compile: compileStep }, clock, random, logger, faults })
    this.#time = new ObservedTime(clock, { toleratedLagMs: HEARTBEAT_MS / 2, graceMs: HEARTBEAT_MS })
    this.#feed = new DesireFeed({ leader, proofs: PROOFS, faults, logger })
    this.#liveness = createLivenessMonitor({
      ...TIMES,
      leader,
      clock,
      logger,
      time: this.#time,
      links: () => this.#links.values(),
      linkOf: node => this.#links.get(node),
      isReturning: () => false,
      accusesAfterMs: boundMs,
    })
    leader.onFolded(folded => this.#folded(folded))
  }

  /** Claims its epoch, unless it leads already, and begins to look at its links. */
  async start(): Promise<void> {
    const body = { route: 'claim', by: 'system', scopes: ['system'], body: {} }
    if (!this.#options.isFirst) await this.leader.submit(() => ({ input: body }))
    this.#sweepLater()
  }

  /** The node has had a link all along, and nothing is said on it that both sides do not know. */
  adopt(node: ModelledNode): void {
    this.#options.reportSeqs.set(node.name, FIRST_REPORT_SEQ)
    const link = this.#open(node)
    node.linkUp()
    this.#feed.add(link)
    this.#feed.reported(link, node.cells.keys())
    this.#liveness.up(node.name)
  }

  /** The node tries to connect until it does, this life ends, or it does not want to any more. */
  connect(node: ModelledNode, wants: () => boolean): void {
    const { program } = this
    program.later(program.random.fraction() * RECONNECT_MS_MAX, () => {
      if (!wants()) return
      this.leader
        .submitFact(helloOf(node))
        .then(() => this.#welcome(node, wants))
        .catch(() => this.connect(node, wants))
    })
  }

  linkOf(node: string): ModelledLink | undefined {
    return this.#links.get(node)
  }

  /** The node's end of the link is gone. */
  disconnect(node: ModelledNode): void {
    const link = this.#links.get(node.name)
    if (link === undefined) return
    link.end()
    this.#links.delete(node.name)
    this.#feed.remove(link)
    this.#liveness.down(node.name, link.heardAtMs)
    node.linkDown()
  }

  /** Says where the node's groups stand, all in one message, once it has been said that they moved. */
  report(node: ModelledNode): void {
    const link = this.#links.get(node.name)
    if (link === undefined || this.#unreported.has(node.name)) return
    this.#unreported.add(node.name)
    link.carry(() => {
      this.#unreported.delete(node.name)
      this.#send(node, link)
    })
  }

  #send(node: ModelledNode, link: ModelledLink): void {
    const { reportSeqs } = this.#options
    const groups = node.reports()
    const seq = (reportSeqs.get(node.name) ?? 0) + 1
    reportSeqs.set(node.name, seq)
    this.leader
      .submitFact(reportInput({ t: 'report', seq, groups }, node.name))
      .then(() => {
        const names = groups.map(({ group }) => group)
        if (!link.isOver) this.#feed.reported(link, names)
      })
      .catch(() => this.program.later(REPORT_RETRY_MS, () => this.report(node)))
  }

  #welcome(node: ModelledNode, wants: () => boolean): void {
    if (!wants() || !this.program.isAlive) return
    const older = this.#links.get(node.name)
    older?.end()
    if (older !== undefined) this.#feed.remove(older)
    const link = this.#open(node)
    this.#liveness.up(node.name)
    node.linkUp()
    this.#feed.add(link)
    this.report(node)
  }

  #open(node: ModelledNode): ModelledLink {
    const { program } = this
    const link = new ModelledLink({
      node,
      nowMs: () => this.#time.nowMs(),
      delayMs: () => (LATENCY_MS - Math.log(1 - program.random.fraction()) * JITTER_MEAN_MS) * node.slowness,
      after: (delayMs, work) => void program.later(delayMs, work),
      onGivenUp: () => this.disconnect(node),
    })
    this.#links.set(node.name, link)
    this.#unreported.delete(node.name)
    return link
  }

  #folded(folded: Folded): void {
    this.#feed.note(folded.changed)
    for (const address of folded.changed)
      if (kindOf(address) === 'node') this.#liveness.noted(restOf(address))
    this.#options.onFolded(folded)
  }

  #sweepLater(): void {
    const { clock } = this.program
    const dueMs = clock.monotonicMs() + SWEEP_INTERVAL_MS
    clock.startTimer(SWEEP_INTERVAL_MS, () => {
      this.#time.fired(dueMs)
      this.#feed.retry()
      this.#liveness.sweep()
      this.#sweepLater()
    })
  }
}
