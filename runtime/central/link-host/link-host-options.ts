import type { Leader } from '../../engine/leader.ts'
import type { KeyPair, LinkTransport } from '../../links/link.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Faults } from '../../ports/fault-points.ts'
import type { Logger } from '../../ports/logger.ts'
import type { Random } from '../../ports/random.ts'
import type { HeartbeatSink } from '../membership/heartbeat-sink.ts'
import type { LinkMembership } from '../membership/link-membership.ts'

export interface LinkHostOptions {
  readonly leader: Leader
  readonly transport: LinkTransport
  /** Central's own keys: agents pin the public one. */
  readonly keyPair: KeyPair
  readonly clusterId: string
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly faults: Faults
  /** Gossip, where central takes part in it; without it links alone say who lives. */
  readonly membership?: LinkMembership
  readonly sink?: HeartbeatSink
  readonly options: {
    /** `host:port` to listen at; port 0 takes a free one. */
    readonly listen: string
    /**
     * An agent has accepted commands of that order, which is above ours: a restored backup. Resolves when this central
     * has claimed above it.
     */
    onAgentAhead(above: { readonly timeline: number; readonly epoch: number }): Promise<void>
    readonly connectionsMax?: number
    readonly heartbeatMs?: number
    /** Silence of a link after which its node is suspect; several heartbeats. */
    readonly suspectAfterMs?: number
    /** How long a suspect node has to come back before it is offline. */
    readonly offlineAfterMs?: number
    /** Nobody is accused before so much has passed, nor before the bound that follows from the times above. */
    readonly accusesAfterMs?: number
  }
}

/** Counters since the start, and levels (`links`, `connected`) as they are now. */
export interface LinkHostStats {
  /** Open links, welcomed or not. */
  readonly links: number
  /** Welcomed agents. */
  readonly connected: number
  readonly desires: number
  readonly reports: number
  readonly refused: number
  /** Nodes that gossip calls dead and that speak on their links. */
  readonly disputed: number
}
