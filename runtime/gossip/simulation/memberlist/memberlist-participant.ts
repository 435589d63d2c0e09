import type { GossipRandom } from '../../core/gossip-random.ts'
import type { Participant, Wire } from '../world.ts'
import { type MemberlistConfig, peerPushPullMs } from './memberlist-config.ts'
import { peerRetransmitLimit, peerSuspicionMs, peerTimeoutMs } from './memberlist-config.ts'
import { type Claim, type MemberlistMessage, packetBytes, roomBytes } from './memberlist-message.ts'
import { MemberlistQueue } from './memberlist-queue.ts'
import { ShuffledRound } from './shuffled-round.ts'

type NodeState = 'alive' | 'suspect' | 'dead'

interface NodeRecord {
  readonly state: NodeState
  readonly incarnation: number
  readonly version: number
  readonly sinceMs: number
}

interface Timer {
  readonly startedAtMs: number
  readonly minMs: number
  readonly maxMs: number
  readonly wanted: number
  readonly from: Set<number>
  confirmations: number
}

interface Probe {
  readonly seq: number
  readonly target: number
  readonly incarnation: number
  readonly indirectAtMs: number
  readonly deadlineMs: number
  indirect: boolean
  expectedNacks: number
  nacks: number
  contacted: boolean
}

interface Helping {
  readonly requester: number
  readonly seq: number
  readonly nackAtMs: number
  readonly nack: boolean
}

export interface MemberlistOptions {
  readonly config: MemberlistConfig
  readonly random: GossipRandom
  readonly members: number
  readonly nowMs: number
  readonly onEvent: (observer: number, kind: NodeState | 'updated', node: number, nowMs: number) => void
}

const UNTOUCHED: NodeRecord = { state: 'alive', incarnation: 1, version: 0, sinceMs: -Infinity }

/**
 * A model of hashicorp/memberlist v0.6.0 (state.go, suspicion.go, net.go, queue.go, at 1b4c746) with its own messages
 * and timers: every member starts out knowing all others. Joining, names and the codec are not modelled.
 */
export class MemberlistParticipant implements Participant<MemberlistMessage> {
  /** Its timers are goroutines of their own: after standing still they do not wait for unread packets. */
  readonly drainsFirst = false
  readonly #options: MemberlistOptions
  readonly #config: MemberlistConfig
  readonly #number: number
  readonly #wire: Wire<MemberlistMessage>
  readonly #changed = new Map<number, NodeRecord>()
  readonly #timers = new Map<number, Timer>()
  readonly #helping = new Map<number, Helping>()
  readonly #queue = new MemberlistQueue()
  readonly #order: ShuffledRound
  #probe: Probe | undefined
  #probeAtMs: number
  #gossipAtMs: number
  #pushPullAtMs: number
  #awareness = 0
  #incarnation = 1
  #version = 0
  #live: number
  #seq = 1

  constructor(wire: Wire<MemberlistMessage>, number: number, options: MemberlistOptions) {
    const { config, members, nowMs, random } = options
    this.#wire = wire
    this.#number = number
    this.#options = options
    this.#config = config
    this.#live = members
    this.#order = new ShuffledRound(random, members)
    this.#probeAtMs = nowMs + random.fraction() * config.probeIntervalMs
    this.#gossipAtMs = nowMs + random.fraction() * config.gossipIntervalMs
    this.#pushPullAtMs = nowMs + random.fraction() * peerPushPullMs(config, members)
  }

  get nextWakeMs(): number {
    const probe = this.#probe
    let wakeMs = Math.min(this.#pushPullAtMs, probe === undefined ? this.#probeAtMs : Infinity)
    if (probe !== undefined) wakeMs = Math.min(wakeMs, probe.indirect ? probe.deadlineMs : probe.indirectAtMs)
    if (this.#queue.size > 0) wakeMs = Math.min(wakeMs, this.#gossipAtMs)
    for (const timer of this.#timers.values()) wakeMs = Math.min(wakeMs, dueMs(timer))
    for (const { nackAtMs } of this.#helping.values()) wakeMs = Math.min(wakeMs, nackAtMs)
    return wakeMs
  }

  get localHealth(): number {
    return this.#awareness
  }

  stateOf(node: number): NodeState {
    return this.#get(node).state
  }

  /** `UpdateNode`: the same member with new metadata. */
  update(nowMs: number): void {
    this.#incarnation++
    this.#version++
    this.#set(this.#number, 'alive', this.#incarnation, this.#version, nowMs)
    this.#queue.put(this.#ownClaim())
    this.#alignGossip(nowMs)
  }

  receive(nowMs: number, from: number, message: MemberlistMessage): void {
    this.#alignGossip(nowMs)
    if ('claims' in message) for (const claim of message.claims) this.#apply(nowMs, claim, message.kind)
    switch (message.kind) {
      case 'ping':
        return this.#send(from, { kind: 'ack', seq: message.seq, claims: [] })
      case 'ack':
        return this.#receiveAck(nowMs, message.seq)
      case 'nack':
        if (this.#probe?.seq === message.seq) this.#probe.nacks++
        return
      case 'indirect-ping':
        return this.#help(nowMs, from, message.seq, message.target)
      case 'push-pull':
        if (message.answers) this.#pushPull(from, false)
        return
      case 'stream-ping':
        this.#wire.stream(from, { kind: 'stream-ack', seq: message.seq }, packetBytes(message, 0))
        return
      case 'stream-ack':
        if (this.#probe?.seq === message.seq) this.#probe.contacted = true
        return
      case 'gossip':
        return
    }
  }

  tick(nowMs: number): void {
    if (this.#queue.size === 0) this.#alignGossip(nowMs)
    for (const [seq, help] of this.#helping) {
      if (help.nackAtMs > nowMs) continue
      this.#helping.delete(seq)
      if (help.nack) this.#send(help.requester, { kind: 'nack', seq: help.seq, claims: [] })
    }
    this.#supervise(nowMs)
    for (const [node, timer] of this.#timers) {
      if (dueMs(timer) > nowMs) continue
      const { incarnation } = this.#get(node)
      this.#apply(nowMs, { kind: 'dead', node, incarnation, from: this.#number }, 'gossip')
    }
    if (this.#probe === undefined && this.#probeAtMs <= nowMs) this.#startProbe(nowMs)
    if (this.#gossipAtMs <= nowMs) {
      this.#alignGossip(nowMs)
      this.#gossip(nowMs)
    }
    if (this.#pushPullAtMs <= nowMs) {
      this.#pushPullAtMs = nowMs + peerPushPullMs(this.#config, this.#live)
      const [peer] = this.#pick(1, (_, record) => record.state === 'alive')
      if (peer !== undefined) this.#pushPull(peer, true)
    }
  }

  #startProbe(nowMs: number): void {
    const { probeIntervalMs, probeTimeoutMs, buddy } = this.#config
    // A ticker keeps its phase and drops what it misses, all but one.
    const missed = Math.floor((nowMs - this.#probeAtMs) / probeIntervalMs)
    this.#probeAtMs += (missed + 1) * probeIntervalMs
    const target = this.#nextTarget()
    if (target === undefined) return
    const { incarnation, state } = this.#get(target)
    const seq = this.#seq++
    this.#probe = {
      seq,
      target,
      incarnation,
      indirectAtMs: nowMs + probeTimeoutMs,
      deadlineMs: nowMs + probeIntervalMs * (this.#awareness + 1),
      indirect: false,
      expectedNacks: 0,
      nacks: 0,
      contacted: false,
    }
    if (state === 'suspect' && buddy) {
      const claims: Claim[] = [{ kind: 'suspect', node: target, incarnation, from: this.#number }]
      this.#transmit(target, { kind: 'ping', seq, claims })
    } else this.#send(target, { kind: 'ping', seq, claims: [] })
  }

  #supervise(nowMs: number): void {
    const probe = this.#probe
    if (probe === undefined) return
    if (!probe.indirect && probe.indirectAtMs <= nowMs) {
      probe.indirect = true
      const { indirectChecks, nacks } = this.#config
      const { seq, target } = probe
      const helpers = this.#pick(
        indirectChecks,
        (node, record) => record.state === 'alive' && node !== target,
      )
      probe.expectedNacks = nacks ? helpers.length : 0
      for (const helper of helpers) this.#send(helper, { kind: 'indirect-ping', seq, target, claims: [] })
      const ping: MemberlistMessage = { kind: 'stream-ping', seq }
      this.#wire.stream(target, ping, packetBytes(ping, 0))
    }
    if (probe.deadlineMs > nowMs) return
    this.#probe = undefined
    if (probe.contacted) return this.#adjust(-1)
    const { expectedNacks, nacks, target, incarnation } = probe
    this.#adjust(expectedNacks > 0 ? Math.max(0, expectedNacks - nacks) : 1)
    this.#apply(nowMs, { kind: 'suspect', node: target, incarnation, from: this.#number }, 'gossip')
  }

  #receiveAck(nowMs: number, seq: number): void {
    if (this.#probe?.seq === seq) {
      if (this.#probe.deadlineMs < nowMs) return
      this.#probe = undefined
      return this.#adjust(-1)
    }
    const help = this.#helping.get(seq)
    if (help === undefined) return
    this.#helping.delete(seq)
    this.#send(help.requester, { kind: 'ack', seq: help.seq, claims: [] })
  }

  #help(nowMs: number, requester: number, requesterSeq: number, target: number): void {
    const seq = this.#seq++
    const nackAtMs = nowMs + this.#config.probeTimeoutMs
    this.#helping.set(seq, { requester, seq: requesterSeq, nackAtMs, nack: this.#config.nacks })
    this.#send(target, { kind: 'ping', seq, claims: [] })
  }

  #apply(nowMs: number, claim: Claim, via: MemberlistMessage['kind']): void {
    // A push/pull of a dead member is only a suspicion, so that it may object.
    if (claim.kind === 'dead' && via !== 'push-pull') this.#applyDead(nowMs, claim)
    else if (claim.kind === 'alive') this.#applyAlive(nowMs, claim)
    else this.#applySuspect(nowMs, { ...claim, kind: 'suspect' })
  }

  #applyAlive(nowMs: number, claim: Claim & { kind: 'alive' }): void {
    const { node, incarnation, version } = claim
    if (node === this.#number || incarnation <= this.#get(node).incarnation) return
    this.#timers.delete(node)
    const before = this.#get(node)
    this.#set(node, 'alive', incarnation, version, nowMs)
    this.#queue.put(claim)
    if (before.state !== 'alive') this.#options.onEvent(this.#number, 'alive', node, nowMs)
    else if (before.version !== version) this.#options.onEvent(this.#number, 'updated', node, nowMs)
  }

  #applySuspect(nowMs: number, claim: Claim & { kind: 'suspect' | 'dead' }): void {
    const { node, incarnation, from } = claim
    const record = this.#get(node)
    if (incarnation < record.incarnation) return
    const running = this.#timers.get(node)
    if (running !== undefined) {
      if (confirm(running, from)) this.#queue.put(claim)
      return
    }
    if (record.state !== 'alive') return
    if (node === this.#number) return this.#refute(nowMs, incarnation)
    this.#queue.put(claim)
    this.#set(node, 'suspect', incarnation, record.version, nowMs)
    const { suspicionMaxTimeoutMult, suspicionMult } = this.#config
    const minMs = peerSuspicionMs(this.#config, this.#live)
    const wanted = suspicionMult - 2
    this.#timers.set(node, {
      startedAtMs: nowMs,
      minMs,
      maxMs: minMs * suspicionMaxTimeoutMult,
      wanted: this.#live - 2 < wanted ? 0 : wanted,
      from: new Set([from]),
      confirmations: 0,
    })
    this.#options.onEvent(this.#number, 'suspect', node, nowMs)
  }

  #applyDead(nowMs: number, claim: Claim & { kind: 'suspect' | 'dead' }): void {
    const { node, incarnation } = claim
    const record = this.#get(node)
    if (incarnation < record.incarnation) return
    this.#timers.delete(node)
    if (record.state === 'dead') return
    if (node === this.#number) return this.#refute(nowMs, incarnation)
    this.#queue.put(claim)
    this.#set(node, 'dead', incarnation, record.version, nowMs)
    this.#options.onEvent(this.#number, 'dead', node, nowMs)
  }

  #refute(nowMs: number, accused: number): void {
    this.#incarnation = Math.max(this.#incarnation, accused) + 1
    this.#adjust(1)
    this.#set(this.#number, 'alive', this.#incarnation, this.#version, nowMs)
    this.#queue.put(this.#ownClaim())
  }

  #gossip(nowMs: number): void {
    const { gossipNodes, gossipToTheDeadMs } = this.#config
    const limit = peerRetransmitLimit(this.#config, this.#live)
    const peers = this.#pick(
      gossipNodes,
      (_, { state, sinceMs }) => state !== 'dead' || nowMs - sinceMs <= gossipToTheDeadMs,
    )
    for (const peer of peers) {
      const claims = this.#queue.take(roomBytes('gossip'), limit)
      if (claims.length === 0) return
      this.#transmit(peer, { kind: 'gossip', claims })
    }
  }

  #pushPull(peer: number, answers: boolean): void {
    // All states go over; those that never changed since the start say nothing new.
    const claims: Claim[] = [...this.#changed].map(([node, { state, incarnation, version }]) =>
      state === 'alive'
        ? { kind: 'alive', node, incarnation, version }
        : { kind: state, node, incarnation, from: this.#number },
    )
    const message: MemberlistMessage = { kind: 'push-pull', claims, answers }
    this.#wire.stream(peer, message, packetBytes(message, this.#options.members))
  }

  /** `sendMsg`: fills up with what the queue has. */
  #send(to: number, message: MemberlistMessage & { readonly claims: readonly Claim[] }): void {
    const limit = peerRetransmitLimit(this.#config, this.#live)
    const claims = this.#queue.take(roomBytes(message.kind), limit)
    this.#transmit(to, claims.length === 0 ? message : { ...message, claims })
  }

  #transmit(to: number, message: MemberlistMessage): void {
    this.#wire.datagram(to, message, packetBytes(message, 0))
  }

  /** A ticker fires on its own beat, whether there is anything to tell or not. */
  #alignGossip(nowMs: number): void {
    const { gossipIntervalMs } = this.#config
    if (this.#gossipAtMs > nowMs) return
    this.#gossipAtMs += (Math.floor((nowMs - this.#gossipAtMs) / gossipIntervalMs) + 1) * gossipIntervalMs
  }

  #nextTarget(): number | undefined {
    const { members } = this.#options
    for (let tried = 0; tried < 2 * members; tried++) {
      const node = this.#order.next()
      if (node !== this.#number && this.#get(node).state !== 'dead') return node
    }
    return undefined
  }

  /** `kRandomNodes`: up to three draws for each member. */
  #pick(count: number, isWanted: (node: number, record: NodeRecord) => boolean): number[] {
    const { members, random } = this.#options
    const picked: number[] = []
    for (let draw = 0; draw < 3 * members && picked.length < count; draw++) {
      const node = Math.floor(random.fraction() * members)
      if (node !== this.#number && !picked.includes(node) && isWanted(node, this.#get(node)))
        picked.push(node)
    }
    return picked
  }

  #ownClaim(): Claim {
    return { kind: 'alive', node: this.#number, incarnation: this.#incarnation, version: this.#version }
  }

  #adjust(delta: number): void {
    const worst = this.#config.awarenessMaxMultiplier - 1
    this.#awareness = Math.min(worst, Math.max(0, this.#awareness + delta))
  }

  #get(node: number): NodeRecord {
    return this.#changed.get(node) ?? UNTOUCHED
  }

  #set(node: number, state: NodeState, incarnation: number, version: number, sinceMs: number): void {
    this.#live += Number(state !== 'dead') - Number(this.#get(node).state !== 'dead')
    this.#changed.set(node, { state, incarnation, version, sinceMs })
  }
}

function confirm(timer: Timer, from: number): boolean {
  if (timer.confirmations >= timer.wanted || timer.from.has(from)) return false
  timer.from.add(from)
  timer.confirmations++
  return true
}

function dueMs({ startedAtMs, confirmations, wanted, minMs, maxMs }: Timer): number {
  return startedAtMs + peerTimeoutMs(confirmations, wanted, minMs, maxMs)
}
