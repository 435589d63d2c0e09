import type { GossipConfig } from '../../runtime/gossip/core/config.ts'
import type { PresetName } from '../../runtime/gossip/core/presets.ts'
import type { MemberAddress, MemberId } from '../../runtime/gossip/core/messages.ts'
import type { Rotation } from '../../runtime/gossip/wire/rotation.ts'
import type { HostStats } from '../../runtime/gossip/udp/udp-host.ts'

/** How a process of members is started: the words on its command line, as JSON. */
export interface ProcessBoot {
  readonly preset: PresetName
  /** What differs from the preset. */
  readonly change: Partial<GossipConfig>
  readonly host: string
}

/** What a driver asks of a process of members: a line of JSON on its standard input. */
export type Command =
  /** A new member; it says `STARTED`, then what it sees. `advertise` is what others are told, where it differs. */
  | {
      readonly do: 'start'
      readonly name: string
      readonly port: number
      readonly seeds: readonly MemberAddress[]
      readonly advertise?: MemberAddress
    }
  /** Falls silent at once, as a crash would. */
  | { readonly do: 'stop'; readonly name: string }
  | { readonly do: 'leave'; readonly name: string }
  /** Keeps the event loop busy, and so every member of this process. */
  | { readonly do: 'block'; readonly ms: number }
  /** Every member broadcasts so often, until asked for 0. */
  | { readonly do: 'load'; readonly everyMs: number }
  /** A step of a key rotation, at every member: the key is made of its name. */
  | { readonly do: 'install' | 'use' | 'remove'; readonly key: string }
  /** Each member says how far its peers are with its keys, `ROTATION`. */
  | { readonly do: 'rotation'; readonly withinMs: number }
  /** Each member says its counters, `STATS`. */
  | { readonly do: 'stats' }

/** What a process of members says: a line of JSON on its standard output. */
export type Report =
  | { readonly type: 'READY' }
  | { readonly type: 'STARTED'; readonly by: string; readonly id: MemberId; readonly address: MemberAddress }
  | { readonly type: 'SEEN'; readonly by: string; readonly sight: SightKind; readonly of: MemberId }
  | { readonly type: 'ROTATION'; readonly by: string; readonly rotation: Rotation }
  | { readonly type: 'STATS'; readonly by: string; readonly stats: HostStats; readonly live: number }
  /** Something of the member itself. */
  | { readonly type: 'TOLD'; readonly by: string; readonly what: Told; readonly lagMs?: number }

/** What a member tells of itself: some of its events, and every probe that was not answered directly. */
export type Told =
  | 'MEMBER_CONFLICT'
  | 'SELF_WELCOMED'
  | 'SELF_REFUTED'
  | 'SELF_STALLED'
  | 'SELF_LEFT'
  | 'PROBE_THROUGH_HELPER'
  | 'PROBE_BY_STREAM'
  | 'PROBE_FAILED'

/** How one member came to look at another. */
export type SightKind = 'up' | 'suspect' | 'down' | 'left'

/** The key with which every process of a lab starts. */
export const FIRST_KEY = 'first'
