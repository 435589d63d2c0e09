import { kindOf, restOf } from '../../../actors/vocabulary/address.ts'
import { identityAddress } from '../../../actors/vocabulary/addresses.ts'
import type { Folded, Leader } from '../../engine/leader.ts'
import { createBlobServer } from '../../links/blob-server.ts'
import { encodeCentralMessage } from '../../links/link-codec.ts'
import type { Link } from '../../links/link.ts'
import type { CancelTimer } from '../../ports/clock.ts'
import type { Faults } from '../../ports/fault-points.ts'
import type { Logger } from '../../ports/logger.ts'
import type { HeartbeatSink } from '../membership/heartbeat-sink.ts'
import type { LinkMembership } from '../membership/link-membership.ts'
import { ChunkGate } from './chunk-gate.ts'
import type { LinkHostOptions, LinkHostStats } from './link-host-options.ts'
import { DesireFeed } from './desire-feed.ts'
import {
  HEARTBEAT_MS,
  HELLO_TIMEOUT_MS,
  OFFLINE_AFTER_MS,
  SUSPECT_AFTER_MS,
  SWEEP_INTERVAL_MS,
} from './link-host-bounds.ts'
import { createLivenessMonitor, linkDetectionBoundMs, type LivenessMonitor } from './liveness-monitor.ts'
import { ObservedTime } from './observed-time.ts'
import { RedeemGate } from './redeem-gate.ts'
import { Session } from './session.ts'
import type { SessionHost } from './session-host.ts'
import { createCommittedProofs } from './sign-committed.ts'

/** How far a timer of ours may be late, of a heartbeat, before what we did not hear meanwhile counts for nothing. */
const TOLERATED_LAG_FRACTION = 0.5
/** Agents that were welcomed together shall not all speak together: each gets a heartbeat up to so much shorter. */
const HEARTBEAT_JITTER_FRACTION = 0.1

/** All links of one host: which are open, which speak for a node, and the one timer that looks at them. */
export class AgentLinks implements SessionHost {
  readonly leader: Leader
  readonly clusterId: string
  readonly logger: Logger
  readonly faults: Faults
  readonly membership: LinkMembership | undefined
  readonly sink: HeartbeatSink | undefined
  readonly time: ObservedTime
  readonly feed: DesireFeed
  readonly redeems: RedeemGate
  readonly chunks: ChunkGate
  readonly counters = { refused: 0, reports: 0 }
  readonly #options: LinkHostOptions
  /** Every open link, the oldest first, with its place in the order of opening. */
  readonly #sessions = new Map<Session, number>()
  /** Those that have not said `hello` yet. */
  readonly #greeting = new Set<Session>()
  readonly #welcomed = new Map<string, Session>()
  readonly #heartbeatMs: number
  #opened = 0
  #liveness: LivenessMonitor | undefined
  #cancelSweep: CancelTimer = () => {}
  #unsubscribe: readonly ((() => void) | undefined)[] = []
  #stopped = false

  constructor(options: LinkHostOptions) {
    const { leader, clock, logger, faults } = options
    this.#options = options
    this.leader = leader
    this.clusterId = options.clusterId
    this.logger = logger
    this.faults = faults
    this.membership = options.membership
    this.sink = options.sink
    this.#heartbeatMs = options.options.heartbeatMs ?? HEARTBEAT_MS
    const toleratedLagMs = this.#heartbeatMs * TOLERATED_LAG_FRACTION
    this.time = new ObservedTime(clock, { toleratedLagMs, graceMs: this.#heartbeatMs })
    const proofs = createCommittedProofs(options.clusterId, options.keyPair.secretKey)
    this.feed = new DesireFeed({ leader, proofs, faults, logger })
    this.redeems = new RedeemGate(clock)
    const blobs = createBlobServer({
      getBlob: digest => leader.getBlob(digest),
      onError: (error, digest) => logger.error({ err: error, digest }, 'a blob could not be read'),
    })
    this.chunks = new ChunkGate(blobs, clock)
  }

  get stats(): LinkHostStats {
    return {
      links: this.#sessions.size,
      connected: this.#welcomed.size,
      desires: this.feed.sent,
      disputed: this.#liveness?.disputed ?? 0,
      ...this.counters,
    }
  }

  /** Begins to look: the doors are open now, and what is not heard from here on counts. */
  start(): void {
    const { leader, clock, logger, membership, options } = this.#options
    const heartbeatMs = this.#heartbeatMs
    const { suspectAfterMs = SUSPECT_AFTER_MS, offlineAfterMs = OFFLINE_AFTER_MS } = options
    const liveness = createLivenessMonitor({
      leader,
      clock,
      logger,
      time: this.time,
      links: () => this.#welcomed.values(),
      linkOf: node => this.#welcomed.get(node),
      isReturning: node => membership?.isReturning(node) ?? false,
      heartbeatMs,
      suspectAfterMs,
      offlineAfterMs,
      accusesAfterMs: Math.max(
        linkDetectionBoundMs({ heartbeatMs, suspectAfterMs, offlineAfterMs }),
        options.accusesAfterMs ?? 0,
      ),
    })
    this.#liveness = liveness
    this.#unsubscribe = [
      leader.onFolded(folded => this.#folded(folded)),
      membership?.watch((node, sighting) => liveness.sighted(node, sighting)),
      membership?.onMoved(() => this.#tellGossip()),
    ]
    this.#sweepLater()
  }

  stop(): void {
    this.#stopped = true
    this.#cancelSweep()
    for (const unsubscribe of this.#unsubscribe) unsubscribe?.()
    this.#liveness?.stop()
  }

  isLinked(node: string): boolean {
    return this.#welcomed.has(node)
  }

  /** Which keys of gossip each linked node has said to hold; 0 for one that said nothing of it. */
  keyStages(): ReadonlyMap<string, number> {
    return new Map([...this.#welcomed].map(([node, session]) => [node, session.keyStage]))
  }

  opened(link: Link): Session {
    const session = new Session(link, this)
    this.#sessions.set(session, ++this.#opened)
    this.#greeting.add(session)
    void link.closed.then(() => this.#closed(session))
    return session
  }

  heartbeatMsOfOne(): number {
    const jitter = HEARTBEAT_JITTER_FRACTION * this.#options.random.fraction()
    return Math.ceil(this.#heartbeatMs * (1 - jitter))
  }

  onAgentAhead(above: { readonly timeline: number; readonly epoch: number }): Promise<void> {
    const { timeline, epoch } = above
    this.logger.warn({ timeline, epoch }, 'an agent has heard a later central: claiming above it')
    return this.#options.options.onAgentAhead({ timeline, epoch })
  }

  admit(session: Session, node: string): boolean {
    const older = this.#welcomed.get(node)
    if (older !== undefined && this.#openedAs(older) > this.#openedAs(session)) {
      session.refuse('KONOR_LINK_REPLACED', 'a newer link of this node is up')
      return false
    }
    this.#greeting.delete(session)
    this.#welcomed.set(node, session)
    session.node = node
    if (older !== undefined) {
      this.feed.remove(older)
      older.refuse('KONOR_LINK_REPLACED', 'a newer link of this node took its place')
    }
    this.#liveness?.up(node)
    return true
  }

  left(session: Session): void {
    if (this.#forget(session)) this.#liveness?.left(session.node)
  }

  #closed(session: Session): void {
    session.end()
    this.#sessions.delete(session)
    this.#greeting.delete(session)
    if (this.#forget(session)) this.#liveness?.down(session.node, session.heardAtMs)
  }

  /** False when the session did not speak for its node any more. */
  #forget(session: Session): boolean {
    this.feed.remove(session)
    if (this.#stopped || this.#welcomed.get(session.node) !== session) return false
    this.#welcomed.delete(session.node)
    return true
  }

  #openedAs(session: Session): number {
    return this.#sessions.get(session) ?? 0
  }

  #folded({ changed }: Folded): void {
    this.feed.note(changed)
    let identityGone = false
    for (const address of changed) {
      const kind = kindOf(address)
      if (kind === 'node') this.#liveness?.noted(restOf(address))
      else if (kind === 'identity') identityGone ||= this.leader.view.get(address) === undefined
    }
    // After the desires of this moment: a removed node first hears that its groups are not its own any more.
    if (identityGone) queueMicrotask(() => this.#refuseRevoked())
  }

  #refuseRevoked(): void {
    for (const session of this.#welcomed.values())
      if (this.leader.view.get(identityAddress(session.key)) === undefined)
        session.refuse('KONOR_ENGINE_UNKNOWN_IDENTITY', 'this node was removed')
  }

  #tellGossip(): void {
    const { membership } = this
    if (membership === undefined) return
    const notice = encodeCentralMessage({ t: 'gossip', gossip: membership.invitation() })
    for (const session of this.#welcomed.values()) session.tellGossip(notice, membership.keyStage)
  }

  #sweepLater(): void {
    const { clock } = this.#options
    const dueMs = clock.monotonicMs() + SWEEP_INTERVAL_MS
    this.#cancelSweep = clock.startTimer(SWEEP_INTERVAL_MS, () => {
      this.time.fired(dueMs)
      this.#sweep()
      this.#sweepLater()
    })
  }

  #sweep(): void {
    const nowMs = this.time.nowMs()
    for (const session of this.#greeting)
      if (!session.isHeld && nowMs - session.waitsSinceMs >= HELLO_TIMEOUT_MS)
        session.refuse('KONOR_LINK_NO_HELLO', 'no hello came in time')
    for (const session of this.#sessions.keys()) session.swept()
    this.feed.retry()
    this.#liveness?.sweep()
  }
}
