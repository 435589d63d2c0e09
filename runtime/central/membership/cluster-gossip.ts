import { kindOf, restOf } from '../../../actors/vocabulary/address.ts'
import { KEYRING } from '../../../actors/vocabulary/addresses.ts'
import type { Folded, Leader } from '../../engine/leader.ts'
import type { MemberEvent } from '../../gossip/core/events.ts'
import { isLive, type MemberRecord } from '../../gossip/core/member-record.ts'
import type { MemberId } from '../../gossip/core/messages.ts'
import type { GossipInvitation } from '../../links/protocol.ts'
import type { Logger } from '../../ports/logger.ts'
import type { Random } from '../../ports/random.ts'
import type { CentralMember } from './central-member.ts'
import { deriveBundleKey, groupKeys } from './derive-keys.ts'
import type { HeartbeatSink } from './heartbeat-sink.ts'
import { generationsOf, keyStageOf, stageNumber } from './key-stage.ts'
import type { LinkMembership, Sighting } from './link-membership.ts'
import { MemberRoster } from './member-roster.ts'

/** Living members that an invitation names beside central: enough that one of them is still there. */
export const SEEDS_TOLD_MAX = 4

export interface ClusterGossipOptions {
  readonly leader: Leader
  readonly member: CentralMember
  /** Of `cluster.key`. */
  readonly secret: Uint8Array
  readonly random: Random
  readonly logger: Logger
  readonly sink?: HeartbeatSink | undefined
}

/** Counted since the start. */
export interface GossipCounts {
  probesReached: number
  probesFailed: number
  refutations: number
}

type Listener = (node: string, sighting: Sighting | undefined) => void

/** Gossip in terms of the cluster: members become nodes, the journaled stage becomes keys, events become sightings. */
export class ClusterGossip implements LinkMembership {
  readonly member: CentralMember
  readonly roster: MemberRoster
  readonly counts: GossipCounts = { probesReached: 0, probesFailed: 0, refutations: 0 }
  readonly #options: ClusterGossipOptions
  readonly #sightings = new Map<MemberId, Sighting>()
  readonly #roundTrips = new Map<MemberId, number>()
  readonly #listeners = new Set<Listener>()
  readonly #moved = new Set<() => void>()
  readonly #unsubscribe: readonly (() => void)[]
  #keyStage: number

  constructor(options: ClusterGossipOptions) {
    const { leader, member } = options
    this.#options = options
    this.member = member
    this.roster = new MemberRoster(() => leader.view)
    this.#keyStage = stageNumber(keyStageOf(leader.view))
    this.#holdKeys()
    for (const record of member.host.member.records()) this.#note(record)
    this.#unsubscribe = [
      member.onEvent(event => this.#take(event)),
      leader.onFolded(folded => this.#folded(folded)),
    ]
  }

  get keyStage(): number {
    return this.#keyStage
  }

  invitation(): GossipInvitation {
    const { leader, secret } = this.#options
    const keys = groupKeys(secret, generationsOf(keyStageOf(leader.view)))
    return { preset: this.member.preset, keys, seeds: [this.member.host.address, ...this.#someAlive()] }
  }

  bundleKey(group: string): Uint8Array {
    return deriveBundleKey(this.#options.secret, group)
  }

  watch(listener: Listener): () => void {
    this.#listeners.add(listener)
    for (const [id, sighting] of this.#sightings) {
      const node = this.roster.nodeOf(id)
      if (node !== undefined) listener(node, sighting)
    }
    return () => this.#listeners.delete(listener)
  }

  isReturning(node: string): boolean {
    const id = this.roster.memberOf(node)
    return id !== undefined && this.member.host.member.get(id)?.status === 'alive'
  }

  onMoved(listener: () => void): () => void {
    this.#moved.add(listener)
    return () => this.#moved.delete(listener)
  }

  /** What gossip holds about every member but ourselves, candidates excepted. */
  records(): MemberRecord[] {
    const { member } = this.member.host
    return [...member.records()].filter(({ id, status }) => id !== member.self.id && status !== 'candidate')
  }

  roundTripMs(id: MemberId): number | undefined {
    return this.#roundTrips.get(id)
  }

  stop(): void {
    for (const unsubscribe of this.#unsubscribe) unsubscribe()
  }

  #someAlive(): string[] {
    const alive: string[] = []
    const { host } = this.member
    let seen = 0
    // A fair choice of few among many, in one pass (reservoir sampling).
    for (const record of host.member.records()) {
      if (!isLive(record) || record.id === host.member.self.id || record.address === '') continue
      const place =
        seen++ < SEEDS_TOLD_MAX ? alive.length : Math.floor(this.#options.random.fraction() * seen)
      if (place < SEEDS_TOLD_MAX) alive[place] = record.address
    }
    return alive
  }

  #holdKeys(): void {
    const { leader, secret } = this.#options
    const { keyring } = this.member.host
    const ids = groupKeys(secret, generationsOf(keyStageOf(leader.view))).map(key => keyring.install(key))
    keyring.use(ids[0] ?? '')
    for (const id of keyring.state.keyIds) if (!ids.includes(id)) keyring.remove(id)
  }

  #folded({ changed }: Folded): void {
    for (const address of changed) {
      if (address === KEYRING) this.#moveOn()
      else if (kindOf(address) === 'node') this.#noteNode(restOf(address))
    }
  }

  #moveOn(): void {
    const stage = stageNumber(keyStageOf(this.#options.leader.view))
    if (stage === this.#keyStage) return
    this.#keyStage = stage
    this.#holdKeys()
    for (const listener of this.#moved) listener()
  }

  /** A node that is new may be known to gossip already. */
  #noteNode(node: string): void {
    if (!this.roster.note(node)) return
    const id = this.roster.memberOf(node)
    const sighting = id === undefined ? undefined : this.#sightings.get(id)
    // A death or farewell from before is of a node that was removed, and had the same key.
    const isOver = sighting?.status === 'dead' || sighting?.status === 'left'
    this.#tell(node, isOver ? undefined : sighting)
  }

  #take(event: MemberEvent): void {
    switch (event.type) {
      case 'MEMBER_JOINED':
      case 'MEMBER_ALIVE':
        return this.#sight(event.member.id, { status: 'alive', epoch: event.member.epoch })
      case 'MEMBER_UPDATED':
        return this.#sight(event.member.id, {
          status: this.#sightings.get(event.member.id)?.status ?? 'alive',
          epoch: event.member.epoch,
        })
      case 'MEMBER_SUSPECT':
        return this.#sight(event.member.id, { status: 'suspect', epoch: event.member.epoch })
      case 'MEMBER_DEAD':
        return this.#sight(event.member.id, { status: 'dead', epoch: event.member.epoch })
      case 'MEMBER_LEFT':
        return this.#sight(event.member.id, { status: 'left', epoch: event.member.epoch })
      case 'MEMBER_REAPED':
        this.#roundTrips.delete(event.id)
        return this.#sight(event.id, undefined)
      case 'HEARTBEAT_RECEIVED':
        return this.#heard(event)
      case 'PROBE_ENDED':
        return this.#probed(event)
      case 'MEMBER_CONFLICT':
        return this.#options.logger.warn(
          { member: event.id, node: this.roster.nodeOf(event.id), reason: event.reason },
          'gossip: a member contradicts what is known of it',
        )
      case 'SELF_REFUTED':
        this.counts.refutations++
        return
    }
  }

  #note({ id, status, epoch }: MemberRecord): void {
    if (id !== this.member.host.member.self.id && status !== 'candidate')
      this.#sightings.set(id, { status, epoch })
  }

  #sight(id: MemberId, sighting: Sighting | undefined): void {
    if (sighting === undefined) this.#sightings.delete(id)
    else this.#sightings.set(id, sighting)
    const node = this.roster.nodeOf(id)
    // Nobody of ours: removed, or never known. It counts nowhere.
    if (node !== undefined) this.#tell(node, sighting)
  }

  #tell(node: string, sighting: Sighting | undefined): void {
    for (const listener of this.#listeners) listener(node, sighting)
  }

  #heard(event: Extract<MemberEvent, { type: 'HEARTBEAT_RECEIVED' }>): void {
    const { id, heartbeat, roundTripMs, loopLagMs } = event
    const node = this.roster.nodeOf(id)
    if (node === undefined) return
    this.#options.sink?.heard({
      node,
      via: 'gossip',
      heartbeat,
      ...(roundTripMs === undefined ? {} : { roundTripMs }),
      ...(loopLagMs === undefined ? {} : { loopLagMs }),
    })
  }

  #probed({ id, reached, roundTripMs }: Extract<MemberEvent, { type: 'PROBE_ENDED' }>): void {
    this.counts[reached === undefined ? 'probesFailed' : 'probesReached']++
    if (roundTripMs !== undefined) this.#roundTrips.set(id, roundTripMs)
    const node = this.roster.nodeOf(id)
    if (node === undefined) return
    const measured = roundTripMs === undefined ? {} : { roundTripMs }
    this.#options.sink?.probed({ node, reached: reached !== undefined, ...measured })
  }
}
