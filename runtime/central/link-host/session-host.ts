import type { Leader } from '../../engine/leader.ts'
import type { Faults } from '../../ports/fault-points.ts'
import type { Logger } from '../../ports/logger.ts'
import type { HeartbeatSink } from '../membership/heartbeat-sink.ts'
import type { LinkMembership } from '../membership/link-membership.ts'
import type { ChunkGate } from './chunk-gate.ts'
import type { DesireFeed } from './desire-feed.ts'
import type { ObservedTime } from './observed-time.ts'
import type { RedeemGate } from './redeem-gate.ts'
import type { Session } from './session.ts'

/** What the sessions of one link host share. */
export interface SessionHost {
  readonly leader: Leader
  readonly clusterId: string
  readonly logger: Logger
  readonly faults: Faults
  readonly time: ObservedTime
  readonly feed: DesireFeed
  readonly redeems: RedeemGate
  readonly chunks: ChunkGate
  readonly membership: LinkMembership | undefined
  readonly sink: HeartbeatSink | undefined
  readonly counters: { refused: number; reports: number }
  /** How often this agent is to say something. */
  heartbeatMsOfOne(): number
  /** Resolves when this central commands above that order. */
  onAgentAhead(above: { readonly timeline: number; readonly epoch: number }): Promise<void>
  /**
   * The session speaks for `node` from now on and an older link of it ends. False: a newer link has done so already,
   * and this one was refused.
   */
  admit(session: Session, node: string): boolean
  /** The agent said that it leaves. */
  left(session: Session): void
}
