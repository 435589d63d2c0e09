import { restOf } from '../../../actors/vocabulary/address.ts'
import type { Folded, Leader } from '../../engine/leader.ts'
import { createBlobServer } from '../../links/blob-server.ts'
import type { KeyPair, LinkTransport } from '../../links/link.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Faults } from '../../ports/fault-points.ts'
import type { Logger } from '../../ports/logger.ts'
import type { Random } from '../../ports/random.ts'
import { startLivenessMonitor } from './liveness-monitor.ts'
import { HELLO_TIMEOUT_MS, Session, type SessionContext } from './session.ts'

/** Agents that may be linked at once. */
export const LINKS_MAX = 20_000

export interface LinkHostOptions {
  readonly leader: Leader
  readonly transport: LinkTransport
  readonly keyPair: KeyPair
  readonly clusterId: string
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly faults: Faults
  readonly options: {
    readonly listen: string
    readonly connectionsMax?: number
    /** An agent accepted a higher command order than ours: resolves when we lead above it. */
    onAgentAhead(above: { readonly timeline: number; readonly epoch: number }): Promise<void>
  }
}

export interface LinkHost {
  readonly address: string
  readonly stats: { readonly links: number; readonly nodes: number }
  connected(node: string): boolean
  stop(): Promise<void>
}

/** Central's side of the links: who is there, what is wanted of each, what each reports. */
export async function createLinkHost(host: LinkHostOptions): Promise<LinkHost> {
  const { leader, clock, logger, faults, clusterId, options } = host
  const sessions = new Map<string, Session>()
  const byGroup = new Map<string, Set<Session>>()
  const liveness = startLivenessMonitor({ leader, clock, logger })
  const context: SessionContext = {
    leader,
    clusterId,
    clock,
    logger,
    faults,
    blobs: createBlobServer({
      getBlob: digest => leader.getBlob(digest),
      onError: (err, digest) => logger.error({ err, digest }, 'a blob could not be read'),
    }),
    onAgentAhead: above => options.onAgentAhead(above),
    onUp(session) {
      const node = session.node ?? ''
      const older = sessions.get(node)
      sessions.set(node, session)
      if (older !== undefined && older !== session) older.close()
      for (const group of session.groups) follow(group, session)
      liveness.up(node)
    },
    onLeft(session) {
      if (session.node !== undefined) liveness.left(session.node)
      session.close()
    },
    onClosed(session) {
      for (const group of session.groups) byGroup.get(group)?.delete(session)
      const { node } = session
      if (node === undefined || sessions.get(node) !== session) return
      sessions.delete(node)
      liveness.down(node)
    },
  }

  function follow(group: string, session: Session): void {
    let following = byGroup.get(group)
    if (following === undefined) {
      following = new Set()
      byGroup.set(group, following)
    }
    following.add(session)
  }

  function onFolded({ changed }: Folded): void {
    const groups = new Set<string>()
    for (const address of changed) {
      const slash = address.indexOf('/')
      const kind = address.slice(0, slash)
      if (kind === 'group') groups.add(restOf(address))
      else if (kind === 'rollout') groups.add(restOf(address).slice(0, restOf(address).lastIndexOf('/')))
      else if (kind === 'cluster') for (const group of byGroup.keys()) groups.add(group)
      else if (kind === 'sub') changedSubscription(restOf(address))
      else if (kind === 'node') dropRemoved(restOf(address))
    }
    for (const group of groups) for (const session of byGroup.get(group) ?? []) session.desire(group)
  }

  function changedSubscription(rest: string): void {
    const slash = rest.indexOf('/')
    const group = rest.slice(0, slash)
    const session = sessions.get(rest.slice(slash + 1))
    if (session === undefined) return
    session.join(group)
    follow(group, session)
    session.desire(group)
  }

  /** A removed node's link ends with its identity. */
  function dropRemoved(node: string): void {
    const record = leader.view.get(`node/${node}` as never)
    if (record === undefined || record.snapshot.status === 'done') sessions.get(node)?.close()
  }

  const unsubscribe = leader.onFolded(onFolded)
  const server = await host.transport.listen({
    address: options.listen,
    keyPair: host.keyPair,
    connectionsMax: options.connectionsMax ?? LINKS_MAX,
    handshakeTimeoutMs: HELLO_TIMEOUT_MS,
    onLink: link => new Session(link, context),
  })
  return {
    address: server.address,
    get stats() {
      return { links: server.connections, nodes: sessions.size }
    },
    connected: node => sessions.has(node),
    async stop() {
      unsubscribe()
      liveness.stop()
      for (const session of [...sessions.values()]) session.close()
      await server.close()
    },
  }
}
