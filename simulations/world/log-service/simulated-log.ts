import type { PublishOutcome, PutOutcome } from '../../../runtime/journal/stream/log-service.ts'
import type { SeededRandom } from '../../../runtime/ports/seeded-random.ts'
import type { Machine } from '../machine.ts'
import type { Network } from '../network.ts'
import type { Program } from '../program.ts'
import type { JournalStore } from '../simulated-journal.ts'
import type { World } from '../world.ts'
import { GOOD_LOG, type LogConditions } from './log-conditions.ts'
import { blobInValue, checkpointsInValue, recordsInMessage } from './log-records.ts'
import { type Operation, ReplicatedLog } from './replicated-log.ts'

/** Replicas of which one leads. */
const REPLICAS = 3
/** After so long without a majority a leader knows that it leads nobody. */
const STEP_DOWN_MS = 10_000

interface Proposal {
  readonly operation: Operation
  readonly writer: Program
  readonly commitsAtMs: number
  readonly committed: (at: { readonly seq: number; readonly revision: number }) => void
}

/** What a cut-off leader and those on its side saw last. */
interface OldSide {
  readonly machines: ReadonlySet<string>
  readonly operations: number
  readonly untilMs: number
}

/** Somebody who is told of each message that is committed. */
export interface LogSubscriber {
  onCommitted(seq: number): void
  onNewLeader(): void
  onWord(word: Uint8Array): void
}

/**
 * The log service of a world, as weak as a replicated one is allowed to be: a leader that proposes and
 * commits in order, replicas that show it later, leaders of old that do not know it yet, proposals that an
 * election drops or keeps without telling. What is committed stays, in its place; everything else that is
 * said of it may be late or lost.
 */
export class SimulatedLog {
  readonly network: Network
  readonly machine: Machine
  readonly store: JournalStore
  readonly random: SeededRandom
  readonly conditions: LogConditions = { ...GOOD_LOG }
  readonly log = new ReplicatedLog()
  readonly subscribers = new Set<LogSubscriber>()
  readonly #proposals: Proposal[] = []
  /** Operations and since when each replica that does not lead shows them: rising in both. */
  readonly #shown: { readonly atMs: number; readonly operations: number }[][] = []
  #oldSide: OldSide | undefined
  #isElecting = false
  #term = 1

  /** On the network it is one machine, whatever goes on inside. */
  constructor(network: Network, machine: Machine, store: JournalStore) {
    this.network = network
    this.machine = machine
    this.store = store
    this.random = store.random.fork('log service')
    for (let replica = 1; replica < REPLICAS; replica++) this.#shown.push([])
  }

  get world(): World {
    return this.machine.world
  }

  get term(): number {
    return this.#term
  }

  /** Nothing that the machine of that name sends gets here now. */
  isCutFrom(name: string): boolean {
    return !this.machine.isUp || this.network.isBlocked(name, this.machine.name)
  }

  /** Nothing that is sent from here reaches it now. */
  isCutTo(name: string): boolean {
    return !this.machine.isUp || this.network.isBlocked(this.machine.name, name)
  }

  isOnOldSide(machine: string): boolean {
    return this.#oldSide?.machines.has(machine) === true
  }

  /** A request of that machine to publish has arrived; `answer` is called now, later, or never. */
  publish(
    writer: Program,
    operation: Extract<Operation, { kind: 'message' }>,
    expectedSeq: number,
    answer: (outcome: PublishOutcome) => void,
  ): void {
    const old = this.#oldSide
    if (old?.machines.has(writer.machine.name) === true) {
      const lastSeq = this.log.lastSeq(old.operations)
      if (this.world.nowMs > old.untilMs) return answer({ kind: 'nobody' })
      // It proposes to nobody who hears it, and answers never.
      return lastSeq === expectedSeq ? undefined : answer({ kind: 'wrong-last', lastSeq })
    }
    if (this.#isElecting) return answer({ kind: 'nobody' })
    if (this.store.conditions.isFull) return answer({ kind: 'full' })
    const sinceMs = this.world.nowMs - this.conditions.dedupeMs
    const duplicateSeq = this.log.seqOf(operation.messageId, sinceMs, this.log.operations)
    if (duplicateSeq !== undefined) return answer({ kind: 'stored', seq: duplicateSeq })
    const pending = this.#proposals.flatMap(({ operation: one }) =>
      one.kind === 'message' ? [one.messageId] : [],
    )
    const isRace = pending.length > 0 && this.random.fraction() < 0.5
    if (pending.includes(operation.messageId) || isRace || this.#isHit(this.conditions.inFlight))
      return answer({ kind: 'in-flight' })
    // What is proposed counts, though it may never be committed.
    const lastSeq = this.log.lastSeq(this.log.operations) + pending.length
    if (lastSeq !== expectedSeq) return answer({ kind: 'wrong-last', lastSeq })
    this.#propose(operation, writer, ({ seq }) => answer({ kind: 'stored', seq }))
  }

  put(
    writer: Program,
    operation: Extract<Operation, { kind: 'value' }>,
    expectedRevision: number | undefined,
    answer: (outcome: PutOutcome) => void,
  ): void {
    const old = this.#oldSide
    if (old?.machines.has(writer.machine.name) === true)
      return this.world.nowMs > old.untilMs ? answer({ kind: 'nobody' }) : undefined
    if (this.#isElecting) return answer({ kind: 'nobody' })
    if (this.store.conditions.isFull) return answer({ kind: 'full' })
    const isRace = this.#proposals.some(
      ({ operation: one }) => one.kind === 'value' && one.key === operation.key,
    )
    const revision = this.log.value(operation.key, this.log.operations)?.revision ?? 0
    if (expectedRevision !== undefined && (isRace || revision !== expectedRevision))
      return answer({ kind: 'wrong-revision' })
    this.#propose(operation, writer, at => answer({ kind: 'stored', revision: at.revision }))
  }

  /** How many operations the replica shows that answers that machine now; undefined when none answers. */
  operationsFor(machine: string, from: 'any' | 'leader'): number | undefined {
    const old = this.#oldSide
    const { nowMs } = this.world
    if (old?.machines.has(machine) === true)
      return nowMs > old.untilMs && from === 'leader' ? undefined : old.operations
    if (from === 'leader') return this.#isElecting ? undefined : this.log.operations
    const replica = this.random.integer(REPLICAS)
    const shown = this.#shown[replica - 1]
    if (shown === undefined) return this.log.operations
    return shown.findLast(({ atMs }) => atMs <= nowMs)?.operations ?? 0
  }

  /**
   * The leader is lost. What it had proposed is kept up to some point and dropped from there; nobody is told
   * which.
   */
  changeLeader(electionMs: number): void {
    this.#term++
    this.#isElecting = true
    this.world.tell('log', `elects the leader of term ${this.#term}`)
    const proposed = this.#proposals.splice(0)
    const kept = proposed.slice(0, this.random.integer(proposed.length + 1))
    const term = this.#term
    this.world.after(electionMs, () => {
      if (term !== this.#term) return
      for (const { operation, writer } of kept) this.#commit(operation, writer)
      this.#isElecting = false
      for (const subscriber of this.subscribers) subscriber.onNewLeader()
    })
  }

  /**
   * The leader is cut off with those machines; the others elect another one. `heal` brings them together
   * again.
   */
  isolateLeader(machines: Iterable<string>, electionMs: number): void {
    const { operations } = this.log
    this.#oldSide = { machines: new Set(machines), operations, untilMs: this.world.nowMs + STEP_DOWN_MS }
    this.changeLeader(electionMs)
  }

  healSides(): void {
    this.#oldSide = undefined
  }

  /**
   * Every server loses power at once, and with it what it had acknowledged and not synced in the last
   * `lostMs`.
   */
  losePower(lostMs: number): void {
    this.#proposals.length = 0
    this.log.loseSince(this.world.nowMs - lostMs)
    const { operations } = this.log
    for (const shown of this.#shown) shown.splice(0, shown.length, { atMs: this.world.nowMs, operations })
    this.changeLeader(1_000)
  }

  #propose(operation: Operation, writer: Program, committed: Proposal['committed']): void {
    const delayMs = this.exponential(this.store.conditions.appendMs)
    const commitsAtMs = Math.max(this.#proposals.at(-1)?.commitsAtMs ?? 0, this.world.nowMs + delayMs)
    const proposal: Proposal = { operation, writer, commitsAtMs, committed }
    this.#proposals.push(proposal)
    this.world.after(commitsAtMs - this.world.nowMs, () => {
      if (this.#proposals[0] !== proposal) return
      this.#proposals.shift()
      committed(this.#commit(operation, writer))
    })
  }

  #commit(operation: Operation, writer: Program): { readonly seq: number; readonly revision: number } {
    const { nowMs } = this.world
    const at = this.log.commit(operation, nowMs)
    for (const shown of this.#shown) {
      const atMs = Math.max(shown.at(-1)?.atMs ?? 0, nowMs + this.exponential(this.conditions.lagMs))
      // Nobody asks for what is past: only the newest that is shown counts.
      while ((shown[1]?.atMs ?? Number.POSITIVE_INFINITY) <= nowMs) shown.shift()
      shown.push({ atMs, operations: at.revision })
    }
    this.#writeDown(operation, writer)
    if (operation.kind === 'message')
      for (const subscriber of this.subscribers) subscriber.onCommitted(at.seq)
    return at
  }

  /** Everything as it becomes durable, for those who judge the journal. */
  #writeDown(operation: Operation, writer: Program): void {
    const { log, world, store } = this
    const { disk } = store
    if (operation.kind === 'value') {
      const { key, bytes } = operation
      const blob = bytes && blobInValue(log, key, bytes)
      if (blob !== undefined) disk.blobs.set(blob.digest, blob.bytes)
      disk.checkpoints = (bytes && checkpointsInValue(log, key, bytes)) ?? disk.checkpoints
      return
    }
    for (const record of recordsInMessage(log, operation.bytes)) {
      disk.records.push(record)
      disk.seqById.set(record.id, record.seq)
      world.trace.note(world.nowMs, 'append', writer.name, record.payload)
    }
    store.appended(world.nowMs)
  }

  exponential(meanMs: number): number {
    return meanMs === 0 ? 0 : -Math.log(1 - this.random.fraction()) * meanMs
  }

  #isHit(share: number): boolean {
    return share > 0 && this.random.fraction() < share
  }
}
