import type { Awareness } from './awareness.ts'
import type { BroadcastQueue } from './broadcast-queue.ts'
import type { Candidates } from './candidates.ts'
import type { GossipConfig } from './config.ts'
import type { EarlyAccusations } from './early-accusations.ts'
import type { EventLog } from './event-log.ts'
import type { FlapDamper } from './flap-damper.ts'
import type { GossipRandom } from './gossip-random.ts'
import type { HelperPings } from './helper-pings.ts'
import type { MemberTable } from './member-table.ts'
import type { Notices } from './notices.ts'
import type { MemberEvent } from './events.ts'
import type { MemberAddress } from './messages.ts'
import type { Output } from './outputs.ts'
import type { Probe } from './probe.ts'
import type { ProbeOrder } from './probe-order.ts'
import type { RecordSeal } from './record-seal.ts'
import type { RoundTrip } from './round-trip.ts'
import type { Self } from './self.ts'
import type { Suspicions } from './suspicions.ts'

/** When the member wants to do what it does by itself, in its own time; `Infinity` is never. */
export interface Schedule {
  probeAtMs: number
  gossipAtMs: number
  /** A round ahead of time for what was never sent, and the earliest time of the one after it. */
  forwardAtMs: number
  nextForwardMs: number
  digestAtMs: number
  healAtMs: number
  reapAtMs: number
  joinAtMs: number
  /** The farewell has had its time. */
  departAtMs: number
}

/** Everything that one member is. `step` alone changes it. */
export interface MemberState {
  readonly config: GossipConfig
  readonly random: GossipRandom
  readonly seal: RecordSeal | undefined
  readonly self: Self
  readonly table: MemberTable
  readonly order: ProbeOrder
  readonly queue: BroadcastQueue
  readonly log: EventLog
  readonly awareness: Awareness
  readonly roundTrip: RoundTrip
  readonly suspicions: Suspicions
  readonly candidates: Candidates
  readonly helping: HelperPings
  readonly early: EarlyAccusations
  readonly damper: FlapDamper
  readonly notices: Notices
  readonly schedule: Schedule
  seeds: readonly MemberAddress[]
  probe: Probe | undefined
  /** The next probe goes to this one: a suspect to confirm or to hear. */
  probeNext: string | undefined
  nextSeq: number
  nowMs: number
  /** What the last step answered. */
  nextWakeMs: number
  /** The earliest tick that was due and has not come yet, while messages came instead. */
  owedTickMs: number
  /** Until then nobody is accused: we stood still, and who seemed silent may have answered. */
  mutedUntilMs: number
  loopLagMs: number
  digestedAtMs: number
  /** Acks in a row that spoke of another view than ours. */
  viewMismatches: number
  /** Members that we met since we last compared views. */
  newcomers: number
  /** While views are taken over whole: what others hold already is not told to them again. */
  isTakingOver: boolean
  outputs: Output[]
  events: MemberEvent[]
}

/** Whether it takes part: probes, gossips, compares. */
export function isRunning(state: MemberState): boolean {
  return state.self.phase === 'running'
}
