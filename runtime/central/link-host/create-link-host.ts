import { AgentLinks } from './agent-links.ts'
import type { LinkHostOptions, LinkHostStats } from './link-host-options.ts'
import { CONNECTIONS_MAX, HANDSHAKE_TIMEOUT_MS } from './link-host-bounds.ts'

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
