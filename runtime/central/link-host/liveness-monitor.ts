import type { LivenessState, NodeContext } from '../../../actors/node/chart.ts'
import { nodeAddress } from '../../../actors/vocabulary/addresses.ts'
import type { Leader } from '../../engine/leader.ts'
import { contextOf, isDone, valueOf } from '../../kernel/actor-record.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Logger } from '../../ports/logger.ts'
import { type LivenessChange, livenessInput } from './inputs.ts'
import { LIVENESS_MESSAGES_MAX, LIVENESS_RECORD_INTERVAL_MS } from './link-host-bounds.ts'
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
 * Makes the journal know who lives, from what links tell: linked and answering is alive; a lost link or silence is
 * suspect at once and offline when it lasts; `leave` is left. Level-triggered, the latest state of each node, at most
 * one record a second, and nothing for a node that the journal knows as it is.
 */
export interface LivenessMonitor {
  /** The node was welcomed on a link. */
  up(node: string): void
  /** The node's link ended. */
  down(node: string): void
  /** The node said that it leaves. */
  left(node: string): void
  /** Records changed the node's actor: one that counts as alive without a link is being waited for. */
  noted(node: string): void
  /** Looks at all links. Called from a timer whose lateness `ObservedTime` was told. */
  sweep(): void
  stop(): void
}

export interface LivenessOptions {
  readonly leader: Leader
  readonly clock: Clock
  readonly time: ObservedTime
  readonly logger: Logger
  /** The welcomed links. */
  readonly links: () => Iterable<Watched>
  readonly isLinked: (node: string) => boolean
  /** How often agents say something. */
  readonly heartbeatMs: number
  /** Silence of a link after which its node is suspect. */
  readonly suspectAfterMs: number
  /** How long a node stays suspect before it is offline. */
  readonly offlineAfterMs: number
}

/** Silence of so many heartbeats is answered with a ping of ours. */
const PROBE_AFTER_HEARTBEATS = 2
/** Turns of the event loop in which what already arrived may still be read, before a link is called silent. */
const GRACE_TURNS = 2
/** Messages within the fold that a change costs for each group of its node: subscription, group, rollouts, policies. */
const MESSAGES_PER_GROUP = 6

/** How long a crash may take until it is journaled as offline; a new host accuses nobody before that. */
export function detectionBoundMs(
  options: Pick<LivenessOptions, 'heartbeatMs' | 'suspectAfterMs' | 'offlineAfterMs'>,
) {
  return options.heartbeatMs + options.suspectAfterMs + options.offlineAfterMs
}

export function createLivenessMonitor(options: LivenessOptions): LivenessMonitor {
  return new LinkLiveness(options)
}

class LinkLiveness implements LivenessMonitor {
  readonly #options: LivenessOptions
  /** Nodes that should be linked and answer, and do not: from when on that counts, in observed time. */
  readonly #missing = new Map<string, number>()
  /** Nodes of which the journal may not know yet that they are back, or that they left. */
  readonly #back = new Set<string>()
  readonly #leaving = new Set<string>()
  readonly #accusesFromMs: number
  #publishedAtMs = -Infinity
  #publishing = false
  #cancelSoon: (() => void) | undefined
  #cancelJudge: () => void = () => {}
  #stopped = false

  constructor(options: LivenessOptions) {
    this.#options = options
    this.#accusesFromMs = options.time.nowMs() + detectionBoundMs(options)
    for (const record of options.leader.view.list('node')) this.noted(contextOf<NodeContext>(record).name)
  }

  up(node: string): void {
    this.#missing.delete(node)
    this.#leaving.delete(node)
    // `hello` made it alive; a change that was on its way may have been folded after it.
    this.#back.add(node)
  }

  down(node: string): void {
    if (this.#leaving.has(node)) return
    this.#back.delete(node)
    const nowMs = this.#options.time.nowMs()
    this.#missing.set(node, Math.min(this.#missing.get(node) ?? nowMs, nowMs))
    this.#publishSoon()
  }

  left(node: string): void {
    this.#missing.delete(node)
    this.#back.delete(node)
    this.#leaving.add(node)
    this.#publishSoon()
  }

  noted(node: string): void {
    if (this.#options.isLinked(node) || this.#missing.has(node) || this.#leaving.has(node)) return
    const journaled = this.#journaled(node)
    if (journaled === 'alive' || journaled === 'suspect') this.#missing.set(node, this.#options.time.nowMs())
  }

  sweep(): void {
    const { links, heartbeatMs, suspectAfterMs } = this.#options
    let suspicious = false
    for (const link of links()) {
      const silentMs = this.#silentMs(link)
      if (silentMs >= heartbeatMs * PROBE_AFTER_HEARTBEATS) link.probe()
      if (silentMs >= suspectAfterMs) suspicious = true
      else if (this.#missing.delete(link.node)) this.#back.add(link.node)
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

  #judgeAfter(turns: number): void {
    this.#cancelJudge = this.#options.clock.startTimer(0, () =>
      turns > 1 ? this.#judgeAfter(turns - 1) : this.#judge(),
    )
  }

  #judge(): void {
    const { links, time, suspectAfterMs, offlineAfterMs } = this.#options
    const nowMs = time.nowMs()
    for (const link of time.isFair ? [...links()] : []) {
      const silentMs = this.#silentMs(link)
      if (silentMs < suspectAfterMs) continue
      const sinceMs = this.#missing.get(link.node) ?? nowMs
      this.#missing.set(link.node, sinceMs)
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
    const changes: LivenessChange[] = []
    for (const node of this.#leaving) {
      if (this.#needs(node, 'left')) changes.push({ node, to: 'left' })
      else this.#leaving.delete(node)
    }
    for (const node of this.#back) {
      if (this.#needs(node, 'alive')) changes.push({ node, to: 'alive' })
      else this.#back.delete(node)
    }
    const { time, offlineAfterMs } = this.#options
    const nowMs = time.nowMs()
    if (!time.isFair || nowMs < this.#accusesFromMs) return changes
    for (const [node, sinceMs] of this.#missing) {
      if (sinceMs > nowMs) continue
      const to = nowMs - sinceMs >= offlineAfterMs ? 'offline' : 'suspect'
      const journaled = this.#journaled(node)
      if (journaled === undefined || (to === 'offline' && journaled !== 'alive' && journaled !== 'suspect'))
        this.#missing.delete(node)
      else if (journaled === 'alive' || (journaled === 'suspect' && to === 'offline'))
        changes.push({ node, to })
    }
    return changes
  }

  #needs(node: string, to: LivenessState): boolean {
    const journaled = this.#journaled(node)
    return journaled !== undefined && journaled !== to
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
