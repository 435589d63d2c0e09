import type { Leader } from '../../engine/leader.ts'
import type { KeyPair, LinkTransport } from '../../links/link.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Faults } from '../../ports/fault-points.ts'
import type { Logger } from '../../ports/logger.ts'
import type { Random } from '../../ports/random.ts'
import type { HeartbeatSink } from '../membership/heartbeat-sink.ts'
import type { LinkMembership } from '../membership/link-membership.ts'
import { AgentLinks } from './agent-links.ts'
import { CONNECTIONS_MAX, HANDSHAKE_TIMEOUT_MS } from './link-host-bounds.ts'

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

export interface LinkHost {
  /** Where it really listens. */
  readonly address: string
  readonly stats: LinkHostStats
  /** Whether the node has a welcomed link now. */
  connected(node: string): boolean
  /** Number of the gossip keys that each linked node has said to hold. */
  keyStages(): ReadonlyMap<string, number>
  /** Closes every link, accusing nobody. */
  stop(): Promise<void>
}

/**
 * Opens central to agents: listens, joins and welcomes them, keeps them told what is desired, records what they report,
 * serves their blobs, and journals who lives. Throws `KONOR_LINK_LISTEN` when the address cannot be bound.
 */
export async function createLinkHost(options: LinkHostOptions): Promise<LinkHost> {
  const links = new AgentLinks(options)
  const server = await options.transport.listen({
    address: options.options.listen,
    keyPair: options.keyPair,
    connectionsMax: options.options.connectionsMax ?? CONNECTIONS_MAX,
    handshakeTimeoutMs: HANDSHAKE_TIMEOUT_MS,
    onLink: link => links.opened(link),
    onError: error => options.logger.warn({ err: error }, 'a connection was not accepted'),
  })
  links.start()
  return {
    address: server.address,
    get stats() {
      return links.stats
    },
    connected: node => links.isLinked(node),
    keyStages: () => links.keyStages(),
    async stop() {
      links.stop()
      await server.close()
    },
  }
}
