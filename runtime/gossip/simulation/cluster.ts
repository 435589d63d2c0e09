import type { GossipConfig } from '../core/config.ts'
import type { Traffic } from './world.ts'
import { SeededRandom } from '../../ports/seeded-random.ts'
import { type MemberlistConfig } from './memberlist/memberlist-config.ts'
import type { MemberlistMessage } from './memberlist/memberlist-message.ts'
import { MemberlistParticipant } from './memberlist/memberlist-participant.ts'
import { Network, type NetworkOptions } from './network.ts'
import { idOf, type OurMessage, OurParticipant, sharedBase, simulatedSeal } from './our-participant.ts'
import type { TableBase } from '../core/member-table.ts'
import { World } from './world.ts'

/** Something that one member came to believe of another. */
export type Belief = 'alive' | 'suspect' | 'dead' | 'updated'

export interface ClusterOptions {
  readonly members: number
  readonly seed: string
  readonly network?: NetworkOptions
  readonly onBelief: (observer: number, belief: Belief, subject: number, nowMs: number) => void
}

/** A cluster of either protocol, so that one experiment runs on both. */
export interface Cluster {
  readonly network: Network
  readonly traffic: Traffic
  readonly nowMs: number
  runUntil(untilMs: number, isDone?: () => boolean): void
  at(atMs: number, call: () => void): void
  crash(number: number): void
  pause(number: number): void
  resume(number: number): void
  /** The member changes its metadata, which all others are to learn. */
  update(number: number): void
}

/** Which protocol, and how it is set. */
export type Protocol =
  | { readonly kind: 'ours'; readonly name: string; readonly config: GossipConfig }
  | { readonly kind: 'memberlist'; readonly name: string; readonly config: MemberlistConfig }

export function createCluster(protocol: Protocol, options: ClusterOptions): Cluster {
  return protocol.kind === 'ours'
    ? createOurs(protocol.config, options)
    : createMemberlist(protocol.config, options)
}

/** Bases by size: members of many runs share them. */
const bases = new Map<number, TableBase>()

function baseOf(members: number): TableBase {
  let base = bases.get(members)
  if (base === undefined) {
    base = sharedBase(members)
    bases.set(members, base)
  }
  return base
}

function createOurs(config: GossipConfig, options: ClusterOptions): Cluster {
  const { members, onBelief, seed } = options
  const random = new SeededRandom(seed)
  const network = new Network(random.fork('network'), options.network)
  const world = new World<OurMessage>(network)
  const base = baseOf(members)
  const participants: OurParticipant[] = []
  const numberOf = new Map(base.records.map(({ id }, number) => [id, number]))
  for (let number = 0; number < members; number++) {
    world.add(wire => {
      const participant = new OurParticipant(wire, number, {
        config,
        base,
        nowMs: 0,
        seal: simulatedSeal,
        random: random.fork(`member ${number}`),
        onEvent: (observer, event, nowMs) => {
          const belief = BELIEFS[event.type]
          if (belief === undefined || !('member' in event)) return
          onBelief(observer, belief, numberOf.get(event.member.id) ?? -1, nowMs)
        },
      })
      participants.push(participant)
      return participant
    })
  }
  return asCluster(world, network, number => {
    const participant = participants[number]
    participant?.tell(world.nowMs, { kind: 'describe', metaHash: idOf(world.nowMs).slice(0, 16) })
  })
}

const BELIEFS: Readonly<Record<string, Belief | undefined>> = {
  MEMBER_ALIVE: 'alive',
  MEMBER_SUSPECT: 'suspect',
  MEMBER_DEAD: 'dead',
  MEMBER_UPDATED: 'updated',
}

function createMemberlist(config: MemberlistConfig, options: ClusterOptions): Cluster {
  const { members, onBelief, seed } = options
  const random = new SeededRandom(seed)
  const network = new Network(random.fork('network'), options.network)
  const world = new World<MemberlistMessage>(network)
  const participants: MemberlistParticipant[] = []
  for (let number = 0; number < members; number++) {
    world.add(wire => {
      const own = random.fork(`member ${number}`)
      const participant = new MemberlistParticipant(wire, number, {
        config,
        random: own,
        members,
        nowMs: 0,
        onEvent: onBelief,
      })
      participants.push(participant)
      return participant
    })
  }
  return asCluster(world, network, number => participants[number]?.update(world.nowMs))
}

function asCluster<M>(world: World<M>, network: Network, update: (number: number) => void): Cluster {
  return {
    network,
    traffic: world.traffic,
    get nowMs() {
      return world.nowMs
    },
    runUntil: (untilMs, isDone) => world.runUntil(untilMs, isDone),
    at: (atMs, call) => world.at(atMs, call),
    crash: number => world.crash(number),
    pause: number => world.pause(number),
    resume: number => world.resume(number),
    update: number => world.poke(number, () => update(number)),
  }
}
