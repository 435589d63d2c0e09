import type { LivenessState, NodeContext } from '../../../actors/node/chart.ts'
import { nodeAddress } from '../../../actors/vocabulary/addresses.ts'
import type { Leader } from '../../engine/leader.ts'
import { contextOf, isDone, valueOf } from '../../kernel/actor-record.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Logger } from '../../ports/logger.ts'
import { judgeLiveness, type Verdict } from '../membership/judge-liveness.ts'
import type { Sighting } from '../membership/link-membership.ts'
import { type LivenessChange, livenessInput } from './inputs.ts'
import { LINK_ANSWER_MS, LIVENESS_MESSAGES_MAX, LIVENESS_RECORD_INTERVAL_MS } from './link-host-bounds.ts'
import { NodeEvidence } from './node-evidence.ts'
import type { ObservedTime } from './observed-time.ts'

/** A welcomed link, as its silence is watched. */
export interface Watched {
  readonly node: string
  /** Observed time of the last message. */
  readonly heardAtMs: number
  /** True while we do not read from it ourselves: its silence then is ours. */
  readonly isHeld: boolean
  /** Asks for a sign of life. */
  probe(): void
  /** Nothing will come of this link. */
  giveUp(silentMs: number): void
}

/**
 * Makes the journal know who lives, from what gossip and links tell: `judgeLiveness` decides. Level-triggered: the
 * latest state of each node, at most one record a second, and nothing for a node that the journal knows as it is.
 */
export interface LivenessMonitor {
  /** The node was welcomed on a link. */
  up(node: string): void
  /** The node's link ended, on which it was heard last at this observed time. */
  down(node: string, heardAtMs: number): void
  /** The node said that it leaves. */
  left(node: string): void
  /** What gossip holds of the node from now on; undefined: nothing any more. */
  sighted(node: string, sighting: Sighting | undefined): void
  /** Records changed the node's actor: one that counts as alive without a link is being waited for. */
  noted(node: string): void
  /** Looks at all links. Called from a timer whose lateness `ObservedTime` was told. */
  sweep(): void
  /** Nodes that gossip has buried and that speak on their links. */
  readonly disputed: number
  stop(): void
}

export interface LivenessOptions {
  readonly leader: Leader
  readonly clock: Clock
  readonly time: ObservedTime
  readonly logger: Logger
  /** The welcomed links. */
  readonly links: () => Iterable<Watched>
  readonly linkOf: (node: string) => Watched | undefined
  /** Whether gossip hears a node again that it has called dead, and has not told so yet. */
  readonly isReturning: (node: string) => boolean
  /** How often agents say something. */
  readonly heartbeatMs: number
  /** Silence of a link that counts. */
  readonly suspectAfterMs: number
  /** How long a node that gossip does not know stays suspect before it is offline. */
  readonly offlineAfterMs: number
  /** A new host accuses nobody before so much has passed. */
  readonly accusesAfterMs: number
}

/** Silence of so many heartbeats is answered with a ping of ours. */
const PROBE_AFTER_HEARTBEATS = 2
/** Turns of the event loop in which what already arrived may still be read, before a link is called silent. */
const GRACE_TURNS = 2
/** Messages within the fold that a change costs for each group of its node: subscription, group, rollouts, policies. */
const MESSAGES_PER_GROUP = 6

/** How long a crash of a node that gossip does not know may take until it is journaled as offline. */
export function linkDetectionBoundMs(
  options: Pick<LivenessOptions, 'heartbeatMs' | 'suspectAfterMs' | 'offlineAfterMs'>,
) {
  return options.heartbeatMs + options.suspectAfterMs + options.offlineAfterMs
}

export function createLivenessMonitor(options: LivenessOptions): LivenessMonitor {
  return new Liveness(options)
}

class Liveness implements LivenessMonitor {
  readonly #options: LivenessOptions
  readonly #evidence = new Map<string, NodeEvidence>()
  /** Nodes of which the journal may not know what the evidence says, or of which that changes with time. */
  readonly #open = new Set<string>()
  readonly #disputed = new Set<string>()
  readonly #accusesFromMs: number
  #publishedAtMs = -Infinity
  #publishing = false
  #cancelSoon: (() => void) | undefined
  #cancelJudge: () => void = () => {}
  #stopped = false

  constructor(options: LivenessOptions) {
    this.#options = options
    this.#accusesFromMs = options.time.nowMs() + options.accusesAfterMs
    for (const record of options.leader.view.list('node')) this.noted(contextOf<NodeContext>(record).name)
  }

  get disputed(): number {
    return this.#disputed.size
  }

  up(node: string): void {
    this.#of(node).welcomed(this.#options.time.nowMs())
    // `hello` made it alive; a change that was on its way may have been folded after it.
    this.#open.add(node)
  }

  down(node: string, heardAtMs: number): void {
    this.#of(node).lost(this.#options.time.nowMs(), heardAtMs)
    this.#open.add(node)
    this.#publishSoon()
  }

  left(node: string): void {
    this.#of(node).saidFarewell(this.#options.time.nowMs())
    this.#open.add(node)
    this.#publishSoon()
  }

  sighted(node: string, sighting: Sighting | undefined): void {
    const { time, linkOf } = this.#options
    const isDoubted = this.#of(node).sighted(sighting, time.nowMs())
    this.#open.add(node)
    if (isDoubted) linkOf(node)?.probe()
    this.#publishSoon()
  }

  noted(node: string): void {
    const journaled = this.#journaled(node)
    if (journaled === undefined) {
      this.#forget(node)
      return
    }
    const isMissing = this.#options.linkOf(node) === undefined
    if (journaled === 'suspect' || (journaled === 'alive' && isMissing)) this.#open.add(node)
  }

  sweep(): void {
    const { links, heartbeatMs, suspectAfterMs } = this.#options
    let suspicious = false
    for (const link of links()) {
      const silentMs = this.#silentMs(link)
      if (silentMs >= heartbeatMs * PROBE_AFTER_HEARTBEATS) link.probe()
      if (silentMs >= suspectAfterMs) suspicious = true
      else if (this.#evidence.get(link.node)?.heardAgain() === true) this.#open.add(link.node)
    }
    this.#cancelJudge()
    if (suspicious) this.#judgeAfter(GRACE_TURNS)
    else this.#publish()
  }

  stop(): void {
    this.#stopped = true
    this.#cancelSoon?.()
    this.#cancelJudge()
  }

  #of(node: string): NodeEvidence {
    const known = this.#evidence.get(node)
    if (known !== undefined) return known
    const evidence = new NodeEvidence()
    if (this.#options.linkOf(node) === undefined) evidence.missed(this.#options.time.nowMs())
    this.#evidence.set(node, evidence)
    return evidence
  }

  #forget(node: string): void {
    this.#evidence.delete(node)
    this.#open.delete(node)
    this.#disputed.delete(node)
  }

  #judgeAfter(turns: number): void {
    this.#cancelJudge = this.#options.clock.startTimer(0, () =>
      turns > 1 ? this.#judgeAfter(turns - 1) : this.#judgeSilence(),
    )
  }

  #judgeSilence(): void {
    const { links, time, suspectAfterMs, offlineAfterMs } = this.#options
    const nowMs = time.nowMs()
    for (const link of time.isFair ? [...links()] : []) {
      const silentMs = this.#silentMs(link)
      if (silentMs < suspectAfterMs) continue
      const sinceMs = this.#of(link.node).missed(nowMs)
      this.#open.add(link.node)
      if (nowMs - sinceMs >= offlineAfterMs) link.giveUp(silentMs)
    }
    this.#publish()
  }

  #silentMs({ heardAtMs, isHeld }: Watched): number {
    return isHeld ? 0 : this.#options.time.nowMs() - heardAtMs
  }

  #publishSoon(): void {
    const sinceMs = this.#options.clock.monotonicMs() - this.#publishedAtMs
    if (this.#stopped || this.#cancelSoon !== undefined || sinceMs < LIVENESS_RECORD_INTERVAL_MS) return
    this.#cancelSoon = this.#options.clock.startTimer(0, () => {
      this.#cancelSoon = undefined
      this.#publish()
    })
  }

  #publish(): void {
    const { clock, leader, logger } = this.#options
    const nowMs = clock.monotonicMs()
    if (this.#stopped || this.#publishing || nowMs - this.#publishedAtMs < LIVENESS_RECORD_INTERVAL_MS) return
    const changes = this.#changes()
    if (changes.length === 0) return
    this.#publishedAtMs = nowMs
    this.#publishing = true
    // Handed over in one turn, they share one record.
    const recorded = this.#inputsOf(changes).map(part => leader.submitFact(livenessInput(part)))
    void Promise.allSettled(recorded).then(results => {
      this.#publishing = false
      const failed = results.find(result => result.status === 'rejected')
      if (failed !== undefined)
        logger.warn(
          { err: failed.reason, changes: changes.length },
          'liveness was not recorded; it is said again',
        )
    })
  }

  #changes(): LivenessChange[] {
    const { time } = this.#options
    const nowMs = time.nowMs()
    const mayAccuse = time.isFair && nowMs >= this.#accusesFromMs
    const changes: LivenessChange[] = []
    for (const node of this.#open) {
      const journaled = this.#journaled(node)
      if (journaled === undefined) {
        this.#forget(node)
        continue
      }
      const verdict = this.#judge(node, nowMs)
      const isAccusation = verdict.to === 'suspect' || verdict.to === 'offline'
      if (journaled !== verdict.to && !isWorse(journaled, verdict.to)) {
        if (!isAccusation || mayAccuse) changes.push({ node, to: verdict.to })
      } else if (!verdict.isPending) this.#open.delete(node)
    }
    return changes
  }

  #judge(node: string, nowMs: number): Verdict {
    const { linkOf, isReturning, suspectAfterMs: silenceMs, offlineAfterMs, logger } = this.#options
    const evidence = this.#of(node).seen(linkOf(node), isReturning(node))
    const verdict = judgeLiveness(evidence, { offlineAfterMs, answerMs: LINK_ANSWER_MS, silenceMs }, nowMs)
    if (!verdict.isDisputed) this.#disputed.delete(node)
    else if (!this.#disputed.has(node)) {
      this.#disputed.add(node)
      logger.warn({ node }, 'gossip calls a node dead that speaks on its link: it counts as alive')
    }
    return verdict
  }

  /** What the journal knows; undefined for a node that is not there any more. */
  #journaled(node: string): LivenessState | undefined {
    const record = this.#options.leader.view.get(nodeAddress(node))
    if (record === undefined || isDone(record)) return undefined
    const { lifecycle, liveness } = valueOf(record) as {
      readonly lifecycle: string
      readonly liveness: string
    }
    return lifecycle === 'left' ? undefined : (liveness as LivenessState)
  }

  /** In parts of which each is folded within the bound of one input. */
  #inputsOf(changes: readonly LivenessChange[]): LivenessChange[][] {
    const parts: LivenessChange[][] = []
    let room = 0
    for (const change of changes) {
      const record = this.#options.leader.view.get(nodeAddress(change.node))
      const groups = record === undefined ? 0 : Object.keys(contextOf<NodeContext>(record).groups).length
      const messages = 1 + groups * MESSAGES_PER_GROUP
      const part = parts.at(-1)
      if (part === undefined || messages > room) {
        parts.push([change])
        room = LIVENESS_MESSAGES_MAX - messages
      } else {
        part.push(change)
        room -= messages
      }
    }
    return parts
  }
}

/** A doubt does not bring back whom the journal counts as gone: only life does. */
function isWorse(journaled: LivenessState, to: LivenessState): boolean {
  return (journaled === 'offline' || journaled === 'left') && (to === 'suspect' || to === 'offline')
}
