import { announceSelf, ownUpdate, storeSelf } from './announce-self.ts'
import { Awareness } from './awareness.ts'
import { BroadcastQueue } from './broadcast-queue.ts'
import { Candidates } from './candidates.ts'
import type { GossipConfig } from './config.ts'
import { EarlyAccusations } from './early-accusations.ts'
import { EventLog } from './event-log.ts'
import { FlapDamper } from './flap-damper.ts'
import type { GossipRandom } from './gossip-random.ts'
import { HelperPings } from './helper-pings.ts'
import type { Input } from './inputs.ts'
import { startJoining } from './join.ts'
import { startLeaving } from './leave.ts'
import type { MemberRecord } from './member-record.ts'
import type { MemberState } from './member-state.ts'
import { MemberTable, type TableBase } from './member-table.ts'
import { nextWakeMs } from './next-wake.ts'
import { Notices } from './notices.ts'
import type { StepResult } from './outputs.ts'
import { ProbeOrder } from './probe-order.ts'
import { receive } from './receive.ts'
import type { RecordSeal } from './record-seal.ts'
import { RoundTrip } from './round-trip.ts'
import { digestIntervalMs } from './scale.ts'
import type { SelfDescription } from './self.ts'
import { wakeFromSuspend } from './stall-guard.ts'
import { Suspicions } from './suspicions.ts'
import { escalateProbe, succeedProbe } from './run-probe.ts'
import { settle, tick } from './tick.ts'

export interface MemberOptions {
  readonly config: GossipConfig
  readonly self: SelfDescription
  readonly random: GossipRandom
  /** Monotonic time at which the member begins. */
  readonly nowMs: number
  /** Proves life and farewell; without it whoever may speak is believed once it was met. */
  readonly seal?: RecordSeal
  /** A view that many simulated members share; it holds this member too. */
  readonly base?: TableBase
}

/**
 * One member of the cluster: SWIM (Das, Gupta, Motivala, DSN 2002) with Lifeguard (arXiv 1707.00788). It owns its
 * state; what it does depends on its options and inputs alone: no clock, no timer, no network, no chance of its own.
 */
export class Member {
  readonly #state: MemberState

  constructor(state: MemberState) {
    this.#state = state
  }

  /** Takes one input and says what is to be done, what happened, and when the next tick is due. */
  step(input: Input): StepResult {
    const state = this.#state
    state.nowMs = Math.max(state.nowMs, input.nowMs)
    if (state.nextWakeMs < state.nowMs) state.owedTickMs = Math.min(state.owedTickMs, state.nextWakeMs)
    state.outputs = []
    state.events = []
    if (state.self.phase !== 'left') {
      take(state, input)
      settle(state)
    }
    state.nextWakeMs = nextWakeMs(state)
    return { outputs: state.outputs, events: state.events, nextWakeMs: state.nextWakeMs }
  }

  get nextWakeMs(): number {
    return this.#state.nextWakeMs
  }

  get self(): Readonly<SelfDescription> & { readonly incarnation: number } {
    const { id, epoch, incarnation, address, metaHash } = this.#state.self
    return { id, epoch, incarnation, address, ...(metaHash === undefined ? {} : { metaHash }) }
  }

  /** What it holds about one member. */
  get(id: string): MemberRecord | undefined {
    return this.#state.table.get(id)
  }

  /** Everyone it knows of, itself, tombstones and candidates included. */
  records(): Iterable<MemberRecord> {
    return this.#state.table.records()
  }

  /** How often what it holds of anybody was written: between two equal answers `records` gives the same. */
  get writes(): number {
    return this.#state.table.writes
  }

  /** Alive and suspect members, itself included. */
  get liveCount(): number {
    return this.#state.table.live
  }

  get viewHash(): number {
    return this.#state.table.viewHash
  }

  /** Lifeguard's score: 0 is well, `healthMax - 1` as bad as can be. */
  get localHealth(): number {
    return this.#state.awareness.score
  }

  /** Updates that are still to be told. */
  get queueSize(): number {
    return this.#state.queue.size
  }
}

/**
 * A member that knows itself, and the base if there is one. Its phases are drawn so that members do not march in
 * step.
 */
export function createMember(options: MemberOptions): Member {
  const { config, nowMs, random, self } = options
  const table = new MemberTable(options.base)
  const { heartbeat, metaHash, ...identity } = self
  const firstMs = (withinMs: number) => nowMs + random.fraction() * withinMs
  const state: MemberState = {
    config,
    random,
    seal: options.seal,
    self: { ...identity, incarnation: 0, metaHash, heartbeat, phase: 'running' },
    table,
    order: new ProbeOrder(random),
    queue: new BroadcastQueue(),
    log: new EventLog(),
    awareness: new Awareness(config.healthMax),
    roundTrip: new RoundTrip(config),
    suspicions: new Suspicions(),
    candidates: new Candidates(),
    helping: new HelperPings(),
    early: new EarlyAccusations(),
    damper: new FlapDamper(config.flapDampingMs),
    notices: new Notices(),
    schedule: {
      probeAtMs: firstMs(config.probeIntervalMs),
      gossipAtMs: firstMs(config.gossipIntervalMs),
      forwardAtMs: Infinity,
      nextForwardMs: nowMs,
      digestAtMs: firstMs(digestIntervalMs(config, Math.max(1, table.live))),
      healAtMs: firstMs(config.healIntervalMs),
      reapAtMs: nowMs + Math.min(60_000, config.tombstoneMs),
      joinAtMs: Infinity,
      departAtMs: Infinity,
    },
    seeds: [],
    probe: undefined,
    probeNext: undefined,
    nextSeq: 1,
    nowMs,
    nextWakeMs: nowMs,
    owedTickMs: Infinity,
    mutedUntilMs: -Infinity,
    loopLagMs: 0,
    digestedAtMs: -Infinity,
    viewMismatches: 0,
    newcomers: 0,
    isTakingOver: false,
    outputs: [],
    events: [],
  }
  if (table.get(self.id) === undefined) storeSelf(state, ownUpdate(state, 'alive'), 'alive')
  state.nextWakeMs = nextWakeMs(state)
  return new Member(state)
}

function take(state: MemberState, input: Input): void {
  switch (input.kind) {
    case 'message':
      return receive(state, input.from, input.message)
    case 'tick':
      return tick(state, input.loopLagMs)
    case 'stream-probed':
      return takeStreamProbe(state, input.seq, input.answeredBy?.id)
    case 'send-failed':
      return takeSendFailure(state, input.to)
    case 'suspended':
      return wakeFromSuspend(state)
    case 'join':
      return startJoining(state, input.seeds)
    case 'leave':
      return startLeaving(state)
    case 'describe':
      return describe(state, input)
    case 'broadcast': {
      const { name, payload } = input
      state.log.admit({ kind: 'event', lamport: state.log.tick(), author: state.self.id, name, payload })
    }
  }
}

function takeStreamProbe(state: MemberState, seq: number, answeredId: string | undefined): void {
  const { probe } = state
  if (probe?.seq !== seq) return
  if (answeredId === probe.targetId) succeedProbe(state, probe, 'by-stream')
  else probe.streamFailed = true
}

/** Our own machine refuses: that is no word about the member, and other ways are tried at once. */
function takeSendFailure(state: MemberState, to: string): void {
  const { probe } = state
  if (probe?.address !== to || probe.phase !== 'direct') return
  state.awareness.adjust(1)
  escalateProbe(state, probe)
}

function describe(state: MemberState, change: Extract<Input, { kind: 'describe' }>): void {
  const { self } = state
  if (change.heartbeat !== undefined) self.heartbeat = change.heartbeat
  const address = change.address ?? self.address
  const metaHash = change.metaHash ?? self.metaHash
  if (self.phase !== 'running' || (address === self.address && metaHash === self.metaHash)) return
  self.address = address
  self.metaHash = metaHash
  self.incarnation++
  announceSelf(state)
}
