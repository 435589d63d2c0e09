import { encodeCanonical } from '../../actors/vocabulary/canonical/encode-canonical.ts'
import type { CborValue } from '../../actors/vocabulary/canonical/cbor-value.ts'
import { isKonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import type { MemberEvent } from '../../runtime/gossip/core/events.ts'
import { isLive } from '../../runtime/gossip/core/member-record.ts'
import { UdpHost } from '../../runtime/gossip/udp/udp-host.ts'
import { createMemberIdentity, type MemberIdentity } from '../../runtime/gossip/wire/member-identity.ts'
import type { GossipInvitation, Welcome } from '../../runtime/links/protocol.ts'
import type { CancelTimer, Clock } from '../../runtime/ports/clock.ts'
import type { Logger } from '../../runtime/ports/logger.ts'
import type { Random } from '../../runtime/ports/random.ts'
import type { AgentStore } from '../store/agent-store.ts'
import type { BundleKey, GossipStanding, NodeState } from '../store/node-state.ts'
import { followKeys } from './follow-keys.ts'
import type { GossipHost, StartGossipHost } from './gossip-host.ts'
import { groupTagsOf } from './group-tags.ts'
import { HeartbeatSource } from './heartbeat-source.ts'
import { membersToKeep, seedsToAsk } from './known-members.ts'
import { MembershipLog } from './membership-log.ts'
import { startMember } from './start-member.ts'
import { hostOf, whereToBind } from './where-to-bind.ts'

/** A farewell that is not out by then is left unsaid: the others will miss this node instead. */
export const FAREWELL_MS = 3_000
/** Who asked for a place or a disk in vain asks again, more and more seldom. */
export const RETRY_MIN_MS = 1_000
export const RETRY_MAX_MS = 60_000
/** While nobody was found: between two tries, each with other seeds. */
export const REJOIN_MS = 30_000
/** Changes of the membership settle for so long before they are written down. */
export const MEMBERS_SETTLE_MS = 2_000
/** Between two writes of members' addresses, however the cluster churns. */
export const MEMBERS_WRITE_MS = 60_000

export interface MembershipOptions {
  readonly store: AgentStore
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  /** Where the operator wants it to be bound (`--gossip`), `IP:PORT`. */
  readonly bind?: string
  /** The statistics of this node for the others; asked every `HEARTBEAT_POLL_MS`. */
  readonly heartbeat?: () => Uint8Array | undefined
  /** A probe of a peer ended. */
  onProbed?(reached: boolean, roundTripMs: number | undefined): void
  /** Default: on real sockets. */
  readonly startHost?: StartGossipHost
}

/** What central wants of this node's membership. */
interface Wanted {
  readonly invitation: GossipInvitation | null
  readonly bundleKeys: readonly BundleKey[]
}

/**
 * The node as a member of its cluster's gossip. It is level-triggered: it compares what central wants, what is on disk
 * and what runs, and takes the next step; whatever fails is logged and tried again, and never ends the agent. What
 * central says is durable before it takes effect.
 */
export class Membership {
  readonly #options: MembershipOptions
  readonly #identity: MemberIdentity
  readonly #heartbeats: HeartbeatSource | undefined
  readonly #log: MembershipLog
  #wanted: Wanted = { invitation: null, bundleKeys: [] }
  #members: readonly string[] = []
  #localHost: string | undefined
  #host: GossipHost | undefined
  /** The invitation that the running member follows. */
  #followed: GossipInvitation | undefined
  #epoch = 0
  #settling: Promise<void> | undefined
  #isUnsettled = false
  #isOver = false
  #retryMs = RETRY_MIN_MS
  #cancelRetry: CancelTimer = () => {}
  #cancelKeeping: CancelTimer | undefined
  #keptAtMs = -Infinity
  #onLeft: () => void = () => {}
  readonly #hostListeners = new Set<(host: GossipHost) => void>()

  constructor(options: MembershipOptions) {
    const { store, clock, logger, heartbeat } = options
    this.#options = options
    this.#identity = createMemberIdentity(store.identity.secretKey)
    this.#log = new MembershipLog(logger)
    if (heartbeat === undefined) return
    const onRead = (bytes: Uint8Array): void => this.#host?.describe({ heartbeat: bytes })
    this.#heartbeats = new HeartbeatSource({ clock, logger, read: heartbeat, onRead })
  }

  /** The running member: its table, its keyring, its streams. Undefined while the node takes no part. */
  get host(): GossipHost | undefined {
    return this.#host
  }

  /** Calls `listener` with every member that begins to run: what it serves has to be said to each. */
  onHost(listener: (host: GossipHost) => void): void {
    this.#hostListeners.add(listener)
  }

  get heartbeat(): Uint8Array | undefined {
    return this.#heartbeats?.latest
  }

  /** Takes part as central wanted it last, whether it is there or not. The start must be counted, durably. */
  start(): void {
    const { gossip, bundleKeys } = this.#options.store.state
    this.#wanted = { invitation: gossip?.invitation ?? null, bundleKeys }
    this.#members = gossip?.members ?? []
    this.#heartbeats?.start()
    this.#settle()
  }

  /** A link to central stands: the address of its near end is one that others can use. */
  linked(localAddress: string): void {
    this.#localHost = hostOf(localAddress) ?? this.#localHost
    this.#settle()
  }

  /** An older central names no keys and invites nobody: what was known holds on, for the groups that are left. */
  welcomed({ groups, gossip, bundleKeys }: Pick<Welcome, 'groups' | 'gossip' | 'bundleKeys'>): void {
    const keys = (bundleKeys ?? this.#wanted.bundleKeys).filter(({ group }) => groups.includes(group))
    this.#want({ bundleKeys: keys })
    if (gossip !== undefined) this.invited(gossip)
  }

  /** Keys or seeds moved on. */
  invited(invitation: GossipInvitation): void {
    if (invitation.keys.length > 0) return this.#want({ invitation })
    const code = 'KONOR_GOSSIP_KEY_INVALID'
    this.#options.logger.warn(
      { code },
      'central invited to gossip without a key: what it said before holds on',
    )
  }

  removedFrom(group: string): void {
    this.#want({ bundleKeys: this.#wanted.bundleKeys.filter(one => one.group !== group) })
  }

  /** The cluster knows this node no more. */
  expelled(): void {
    this.#want({ invitation: null, bundleKeys: [] })
  }

  /** Says farewell, for `FAREWELL_MS` at most, and falls silent. */
  async leave(): Promise<void> {
    this.#keepMembers()
    await this.#settling
    this.#stop()
    if (this.#host !== undefined) await this.#part(this.#host)
  }

  /** Falls silent at once, as a crash would. */
  async close(): Promise<void> {
    this.#stop()
    await this.#settling
    if (this.#host !== undefined) await this.#fallSilent(this.#host)
  }

  #stop(): void {
    this.#isOver = true
    this.#heartbeats?.stop()
    this.#cancelRetry()
    this.#cancelKeeping?.()
  }

  #want(change: Partial<Wanted>): void {
    this.#wanted = { ...this.#wanted, ...change }
    this.#settle()
  }

  #settle(): void {
    this.#isUnsettled = true
    this.#settling ??= this.#settleAll()
  }

  async #settleAll(): Promise<void> {
    // What else is said in this moment goes along.
    await Promise.resolve()
    while (this.#isUnsettled && !this.#isOver) {
      this.#isUnsettled = false
      this.#cancelRetry()
      try {
        await this.#step()
        this.#retryMs = RETRY_MIN_MS
        if (this.#isAlone) this.#retryIn(REJOIN_MS)
      } catch (error) {
        const code = isKonorError(error) ? error.code : undefined
        const fields = { err: error, code, retryInMs: this.#retryMs }
        this.#options.logger.warn(fields, 'the node cannot take part in gossip: central sees it by its link')
        this.#retryIn(this.#retryMs)
        this.#retryMs = Math.min(this.#retryMs * 2, RETRY_MAX_MS)
      }
    }
    this.#settling = undefined
  }

  #retryIn(delayMs: number): void {
    this.#cancelRetry()
    if (!this.#isOver) this.#cancelRetry = this.#options.clock.startTimer(delayMs, () => this.#settle())
  }

  async #step(): Promise<void> {
    const { invitation } = this.#wanted
    // Before it is kept: a rotation does not wait for ever, and a full disk must not shut out a member that runs.
    // One that loses the keys by a crash gets them with its next welcome.
    if (this.#host !== undefined && invitation !== null) this.#hold(this.#host, invitation)
    await this.#keep()
    const { gossip } = this.#options.store.state
    if (gossip === null) return this.#host === undefined ? undefined : this.#part(this.#host)
    if (this.#host !== undefined && this.#isOutdated(this.#host, gossip)) await this.#fallSilent(this.#host)
    if (this.#host !== undefined) return this.#follow(this.#host, gossip)
    // Central has not said yet from where it is reached.
    if (this.#placesOf(gossip).length === 0) return
    this.#follow(await this.#begin(gossip), gossip)
    await this.#keep()
  }

  get #isAlone(): boolean {
    return this.#host !== undefined && this.#host.member.liveCount <= 1
  }

  /** Whether another one has to take its place, which is newer to all who hear of it: nobody is told of a farewell. */
  #isOutdated(host: GossipHost, gossip: GossipStanding): boolean {
    if (gossip.invitation.preset !== this.#followed?.preset) return true
    const [place] = this.#placesOf(gossip)
    return place !== undefined && hostOf(place.advertise ?? place.bind) !== hostOf(host.address)
  }

  #placesOf({ address }: GossipStanding): ReturnType<typeof whereToBind> {
    return whereToBind({ chosen: this.#options.bind, last: address, localHost: this.#localHost })
  }

  /** Writes down what central wants and where the members are, when that is not what stands there. */
  async #keep(): Promise<void> {
    const { store } = this.#options
    const next = this.#kept(store.state)
    if (isSame(next.gossip, store.state.gossip) && isSame(next.bundleKeys, store.state.bundleKeys)) return
    await store.update(state => this.#kept(state))
    const { gossip, bundleKeys } = store.state
    const fields = { address: gossip?.address, members: gossip?.members.length, groups: bundleKeys.length }
    this.#options.logger.debug(fields, 'what is known of gossip is kept')
  }

  #kept(state: NodeState): NodeState {
    const { invitation, bundleKeys } = this.#wanted
    const address = this.#host?.address ?? state.gossip?.address ?? null
    const gossip = invitation === null ? null : { invitation, address, members: this.#members }
    return { ...state, gossip, bundleKeys }
  }

  async #begin(gossip: GossipStanding): Promise<GossipHost> {
    const { store, clock, random, logger } = this.#options
    const { startHost = options => UdpHost.start(options) } = this.#options
    // A second member of one start needs a life of its own, or nobody would believe that it is the newer one.
    if (store.state.boot <= this.#epoch) await store.update(state => ({ ...state, boot: state.boot + 1 }))
    const { boot, cluster, bundleKeys } = store.state
    const { invitation } = gossip
    const host: GossipHost = await startMember({
      startHost,
      clock,
      random,
      logger,
      invitation,
      clusterId: cluster?.id ?? '',
      identity: this.#identity,
      epoch: boot,
      metaHash: groupTagsOf(bundleKeys),
      heartbeat: this.#heartbeats?.latest,
      bindings: this.#placesOf(gossip),
      onEvent: event => this.#take(event),
    })
    this.#epoch = boot
    this.#host = host
    for (const listener of this.#hostListeners) listener(host)
    logger.info({ gossip: host.address, member: this.#identity.id, epoch: boot }, 'takes part in gossip')
    return host
  }

  #follow(host: GossipHost, { invitation, members }: GossipStanding): void {
    host.describe({ metaHash: groupTagsOf(this.#options.store.state.bundleKeys) })
    if (this.#followed === invitation && !this.#isAlone) return
    this.#hold(host, invitation)
    this.#followed = invitation
    host.join(seedsToAsk(invitation.seeds, members, this.#options.random))
  }

  #hold({ keyring }: GossipHost, { keys: [first, ...others] }: GossipInvitation): void {
    if (first !== undefined) followKeys(keyring, [first, ...others])
  }

  async #part(host: GossipHost): Promise<void> {
    const { clock } = this.#options
    await new Promise<void>(resolve => {
      const cancel = clock.startTimer(FAREWELL_MS, resolve)
      this.#onLeft = () => {
        cancel()
        resolve()
      }
      host.leave()
    })
    await this.#fallSilent(host)
  }

  async #fallSilent(host: GossipHost): Promise<void> {
    this.#host = undefined
    this.#followed = undefined
    await host.close()
  }

  #take(event: MemberEvent): void {
    this.#log.note(event)
    if (event.type === 'SELF_LEFT') this.#onLeft()
    if (event.type === 'PROBE_ENDED') this.#options.onProbed?.(event.reached !== undefined, event.roundTripMs)
    if (event.type.startsWith('MEMBER_')) this.#membersChanged()
  }

  #membersChanged(): void {
    if (this.#cancelKeeping !== undefined || this.#isOver) return
    const { clock } = this.#options
    const nextMs = this.#keptAtMs + MEMBERS_WRITE_MS - clock.monotonicMs()
    this.#cancelKeeping = clock.startTimer(Math.max(MEMBERS_SETTLE_MS, nextMs), () => {
      this.#cancelKeeping = undefined
      this.#keepMembers()
    })
  }

  #keepMembers(): void {
    if (this.#host === undefined) return
    this.#keptAtMs = this.#options.clock.monotonicMs()
    const { member } = this.#host
    const living = [...member.records()].filter(one => isLive(one) && one.id !== member.self.id)
    const addresses = living.map(({ address }) => address)
    const members = membersToKeep(this.#members, addresses, this.#options.random)
    // Their order means nothing, and which strangers were drawn matters only where there is room.
    if (isSame(members.toSorted(), this.#members.toSorted())) return
    this.#members = members
    this.#settle()
  }
}

/** Whether two plain values are the same, by their canonical form. */
function isSame(one: unknown, other: unknown): boolean {
  const bytesOf = (value: unknown): Uint8Array => encodeCanonical(value as CborValue)
  return Buffer.compare(bytesOf(one), bytesOf(other)) === 0
}
