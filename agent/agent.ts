import { resolve } from 'node:path'
import { KonorError } from '../actors/vocabulary/errors/konor-error.ts'
import { NAME_LENGTH_MAX, isName } from '../actors/vocabulary/names.ts'
import { decodeToken } from '../actors/vocabulary/token.ts'
import type { Backoff } from '../runtime/links/keep-linked.ts'
import type { LinkTransport } from '../runtime/links/link.ts'
import type { Clock } from '../runtime/ports/clock.ts'
import type { Disk } from '../runtime/ports/disk.ts'
import type { Faults } from '../runtime/ports/fault-points.ts'
import type { Logger } from '../runtime/ports/logger.ts'
import type { ReleaseDirectory } from '../runtime/ports/node/claim-directory.ts'
import { nodeDisk } from '../runtime/ports/node/node-disk.ts'
import type { Random } from '../runtime/ports/random.ts'
import { parseGossipAddress } from '../runtime/gossip/udp/gossip-address.ts'
import { type AgentHost, nodeAgentHost } from './agent-host.ts'
import { CentralLink, type CentralLinkStatus } from './central-link/central-link.ts'
import { withTokens } from './central-link/join-tokens.ts'
import { createBundleSource } from './groups/bundle-source.ts'
import { GroupHost } from './groups/group-host.ts'
import type { GroupService } from './groups/group-service.ts'
import { Membership } from './membership/membership.ts'
import { type SeenMember, seenMembers } from './membership/seen-members.ts'
import { createVitals, type Vitals } from './vitals/vitals.ts'
import { createMembershipNetwork } from './peers/membership-network.ts'
import { PeerLastGood } from './peers/peer-last-good.ts'
import { PEER_REQUEST } from './peers/peer-question.ts'
import type { PeerStats } from './peers/peer-tally.ts'
import { startSocketServer } from './socket/socket-server.ts'
import { type AgentStore, openAgentStore } from './store/agent-store.ts'
import type { NodeState } from './store/node-state.ts'

/** Between two tries to write the first state of a start. */
const START_RETRY_MS = 1_000

export interface AgentOptions {
  /** `DIR`: the agent keeps its things under `DIR/agent`. One agent at a time uses it. */
  readonly dataDir: string
  /** Tokens as text; each is needed once. Tokens that were redeemed before may be given again. */
  readonly tokens: readonly string[]
  /** The name that the node wishes for; default: its host name. A node that has joined keeps its name. */
  readonly name?: string
  readonly labels: Readonly<Record<string, string>>
  /** Where local processes find the agent. */
  readonly socketPath: string
  /** The operator's own key for what is at rest (`KONOR_SEAL_KEY_FILE`). */
  readonly sealKeyFile?: string
  /** Where gossip is bound, `IP:PORT`; default: the address that leads to central, port 7602 or a free one. */
  readonly gossip?: string
  /** Statistics of the node, at most 192 bytes, asked every 5 s; default: what it measures of itself. */
  readonly heartbeat?: () => Uint8Array | undefined
  /** When peers are asked instead of a central that is away; default `ASK_AFTER_MS`, `ASK_EVERY_MS`. */
  readonly peers?: { readonly askAfterMs?: number; readonly askEveryMs?: number }
  /** Facts of the platform beside those that the machine shows by itself. */
  readonly platform?: Readonly<Record<string, string>>
  /** The program's version, told to central. */
  readonly version: string
  readonly transport: LinkTransport
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly faults: Faults
  readonly disk?: Disk
  /** Default: the machine that this process runs on. */
  readonly host?: AgentHost
  readonly backoff?: Backoff
}

export interface RunningAgent {
  /** The node's name. */
  readonly node: string
  readonly socketPath: string
  /** What local processes see, for embedding. */
  readonly groups: GroupService
  readonly link: CentralLinkStatus
  /** Where other members reach this node's gossip, `IP:PORT`; undefined while it takes no part. */
  readonly gossipAddress: string | undefined
  /** What this node believes of the other members of its cluster. */
  readonly members: readonly SeenMember[]
  /** What was asked of peers, given to them and taken of them while central was away. */
  readonly peers: PeerStats
  /** Resolves when the agent is over: undefined after `stop`, an error when central will never take it. */
  readonly ended: Promise<Error | undefined>
  /** Tells processes and central that the agent goes, in good order. Calling it again is fine. */
  stop(): Promise<void>
}

/**
 * Starts an agent: first what was applied here last is served to local processes, then central is looked for. Throws
 * `KONOR_AGENT_LOCKED`, `…_BAD_TOKEN`, `…_OTHER_CLUSTER`, `…_NOT_JOINED`, `…_BAD_NAME`, `KONOR_GOSSIP_ADDRESS`, the
 * store's and the socket's errors; nothing is left running then.
 */
export async function startAgent(options: AgentOptions): Promise<RunningAgent> {
  const { host = nodeAgentHost } = options
  const tokens = options.tokens.map(decodeToken)
  const name = options.name ?? nameOfHost(host.name())
  if (!isName(name))
    throw new KonorError(
      'KONOR_AGENT_BAD_NAME',
      `${JSON.stringify(name)} is no node name: choose one with --name`,
    )
  if (options.gossip !== undefined) parseGossipAddress(options.gossip)
  const dataDir = resolve(options.dataDir)
  const release = await claim(host, dataDir)
  try {
    const { random, sealKeyFile, disk = nodeDisk } = options
    const seal = sealKeyFile === undefined ? {} : { sealKeyFile }
    const store = await openAgentStore({ disk, dataDir, random, ...seal })
    const startOf = (state: NodeState): NodeState => begun(withTokens(state, tokens), name)
    // Looked at before anything is served, so that a mistake of the person who starts it is told at once.
    if (startOf(store.state).cluster === null)
      throw new KonorError(
        'KONOR_AGENT_NOT_JOINED',
        'this agent was never given a token: start it with --token',
      )
    const agent = new Agent({ ...options, host }, name, store, release)
    await agent.start(startOf)
    return agent
  } catch (error) {
    await release()
    throw error
  }
}

type HostedOptions = AgentOptions & { readonly host: AgentHost }

class Agent implements RunningAgent {
  readonly socketPath: string
  readonly groups: GroupHost
  readonly ended: Promise<Error | undefined>
  readonly #options: HostedOptions
  readonly #store: AgentStore
  readonly #central: CentralLink
  readonly #membership: Membership
  readonly #peers: PeerLastGood
  readonly #release: ReleaseDirectory
  #end: (error: Error | undefined) => void = () => {}
  #socket: { close(): Promise<void> } | undefined
  readonly #vitals: Vitals | undefined
  #linking: Promise<void> = Promise.resolve()
  #stopping: Promise<void> | undefined

  constructor(options: HostedOptions, name: string, store: AgentStore, release: ReleaseDirectory) {
    const { clock, logger, faults, labels, version, transport, random } = options
    this.#options = options
    this.#store = store
    this.#release = release
    this.socketPath = options.socketPath
    this.ended = new Promise(end => (this.#end = end))
    const bundles = createBundleSource({
      store,
      faults,
      logger,
      fetchBundle: (group, generation) =>
        this.#peers.fetch({ group, generation }, this.#central.fetchBundle(generation), () =>
          this.#central.forgetBundle(generation.digest),
        ),
    })
    const onReport = (group: string): void => this.#central.changed(group)
    this.groups = new GroupHost({ store, bundles, name, onReport, clock, logger, faults })
    const backoff = options.backoff === undefined ? {} : { backoff: options.backoff }
    const { startGossip } = options.host
    const platform = { ...options.host.platform(), ...options.platform }
    const gauge = options.heartbeat === undefined ? options.host.startGauge?.() : undefined
    const processes = (): number => this.groups.processes
    this.#vitals = gauge && createVitals({ gauge, clock, version, platform, processes })
    const heartbeat = options.heartbeat ?? this.#vitals?.heartbeat
    this.#membership = new Membership({
      store,
      clock,
      random,
      logger,
      ...(options.gossip === undefined ? {} : { bind: options.gossip }),
      ...(heartbeat === undefined ? {} : { heartbeat }),
      onProbed: (reached, roundTripMs) => this.#vitals?.probed(reached, roundTripMs),
      ...(startGossip === undefined ? {} : { startHost: startGossip }),
    })
    const { groups } = this
    const membership = this.#membership
    membership.onHost(host => host.serve(PEER_REQUEST, payload => this.#peers.answer(payload)))
    this.#peers = new PeerLastGood({
      network: createMembershipNetwork(membership),
      groupKeys: () => store.state.bundleKeys.filter(({ group }) => groups.belongs(group)),
      proofOf: group => groups.proofOf(group),
      take: (group, proof) => groups.peerCommitted(group, proof),
      readBundle: digest => store.generations.get(digest),
      clock,
      random,
      logger,
      ...options.peers,
    })
    const parts = { store, groups, membership, transport, clock, random, logger, faults, labels, version }
    const onHopeless = (error: Error): void => this.#end(error)
    this.#central = new CentralLink({
      ...parts,
      ...backoff,
      platform,
      onHopeless,
      onUp: () => this.#peers.linkUp(),
      onDown: () => this.#peers.linkDown(),
    })
  }

  get node(): string {
    return this.groups.node
  }

  get link(): CentralLinkStatus {
    return this.#central.status
  }

  get gossipAddress(): string | undefined {
    return this.#membership.host?.member.self.address
  }

  get members(): readonly SeenMember[] {
    return seenMembers(this.#membership.host)
  }

  get peers(): PeerStats {
    return this.#peers.stats
  }

  async start(startOf: (state: NodeState) => NodeState): Promise<void> {
    const { socketPath: path, host, clock, random, logger, faults } = this.#options
    const ports = {
      clock,
      random,
      logger,
      faults,
      ...(host.listen === undefined ? {} : { listen: host.listen }),
    }
    try {
      await this.groups.start()
      this.#socket = await startSocketServer({ path, service: this.groups, ...ports })
    } catch (error) {
      await this.groups.stop()
      throw error
    }
    this.#linking = this.#beginToLink(startOf)
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop()
    return this.#stopping
  }

  /** Counts the start and keeps the tokens, durably; only then may central hear of this agent. */
  async #beginToLink(startOf: (state: NodeState) => NodeState): Promise<void> {
    const { clock, logger } = this.#options
    while (this.#stopping === undefined) {
      try {
        await this.#store.update(startOf)
        if (this.#stopping !== undefined) return
        this.#membership.start()
        this.#peers.linkDown()
        return this.#central.start()
      } catch (error) {
        logger.error({ err: error }, 'cannot write the agent state: serving what is known, trying again')
        await new Promise<void>(next => clock.startTimer(START_RETRY_MS, next))
      }
    }
  }

  async #stop(): Promise<void> {
    await this.#socket?.close()
    await this.#linking
    this.#peers.stop()
    await this.#membership.leave()
    await this.#central.stop()
    await this.groups.stop()
    this.#vitals?.stop()
    await this.#release()
    this.#end(undefined)
  }
}

async function claim(host: AgentHost, dataDir: string): Promise<ReleaseDirectory> {
  let release: ReleaseDirectory | undefined
  try {
    release = await host.claim(dataDir)
  } catch (cause) {
    throw new KonorError('KONOR_AGENT_DISK', `cannot make ${dataDir}: check the path and permissions`, {
      cause,
    })
  }
  if (release !== undefined) return release
  throw new KonorError(
    'KONOR_AGENT_LOCKED',
    `another agent uses ${dataDir}: stop it, or choose another --data`,
  )
}

/** A start is counted; the wish for a name holds until central has said what the name is. */
function begun(state: NodeState, name: string): NodeState {
  const hasName = state.name !== null && state.tokens.some(token => token.state === 'redeemed')
  return { ...state, boot: state.boot + 1, name: hasName ? state.name : name }
}

function nameOfHost(hostname: string): string {
  const name = hostname
    .toLowerCase()
    .replaceAll(/[^a-z0-9._-]+/g, '-')
    .slice(0, NAME_LENGTH_MAX)
    .replaceAll(/^[^a-z0-9]+|[^a-z0-9]+$/g, '')
  return name === '' ? 'node' : name
}
