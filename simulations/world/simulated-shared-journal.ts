import { KonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import type { AppendRequest, JournalHead, JournalRecord } from '../../runtime/journal/journal.ts'
import { MemoryJournal } from '../../runtime/journal/memory-journal.ts'
import type { JournalFollower, SharedJournal } from '../../runtime/journal/shared-journal.ts'
import type { Machine } from './machine.ts'
import type { Network } from './network.ts'
import type { ProgramLife } from './program-life.ts'
import type { Program } from './program.ts'
import { FIRST_TRY_MS, type JournalStore, unclear } from './simulated-journal.ts'

/** What a central waits for an answer of the log. */
const ANSWER_MS = 4_000
/** A subscription that could not be served is tried again so often. */
const RETRY_MS = 300

/** A claim as it left a central: with an epoch that this life had not written under. */
export interface ClaimAttempt {
  readonly life: ProgramLife
  readonly epoch: number
  readonly expectedSeq: number
  /** Newest record that this life had been told of. */
  readonly toldSeq: number
  readonly atMs: number
  /** Last word of the log that reached it, a record or a beat of the epoch that it knew, or when it began to listen. */
  readonly heardAtMs: number
}

/** A life of a central was told of a record of a higher epoch than before. */
export interface EpochTold {
  readonly life: ProgramLife
  readonly epoch: number
  readonly atMs: number
}

/** What passed between the log and the centrals, for those who judge. */
export class SharedLogNotes {
  readonly claims: ClaimAttempt[] = []
  readonly told: EpochTold[] = []
}

/** One log on a machine of its own, reached over the network by any number of centrals. */
export class SharedLog {
  readonly store: JournalStore
  readonly machine: Machine
  readonly network: Network
  readonly notes = new SharedLogNotes()
  readonly subscriptions = new Set<Subscription>()

  constructor(network: Network, machine: Machine, store: JournalStore) {
    this.network = network
    this.machine = machine
    this.store = store
  }

  /** The log as one life of a central sees it. */
  openFor(program: Program): SharedJournal {
    return new SharedLogClient(this, program)
  }

  appended(): void {
    this.store.appended(this.machine.world.nowMs)
    for (const subscription of this.subscriptions) subscription.pump()
  }

  beat(epoch: number): void {
    for (const subscription of this.subscriptions) subscription.beat(epoch)
  }

  isCutTo(name: string): boolean {
    return !this.machine.isUp || this.network.isBlocked(this.machine.name, name)
  }

  isCutFrom(name: string): boolean {
    return !this.machine.isUp || this.network.isBlocked(name, this.machine.name)
  }
}

/** What one life of a central has been told, which is all that it can have decided on. */
class Knowledge {
  readonly #log: SharedLog
  readonly #program: Program
  #seq = 0
  #epoch = 0
  #claimed = 0
  #heardAtMs = 0

  constructor(log: SharedLog, program: Program) {
    this.#log = log
    this.#program = program
  }

  listens(): void {
    this.#heardAtMs = this.#program.machine.world.nowMs
  }

  toldOf({ seq, epoch }: { readonly seq: number; readonly epoch: number }): void {
    const { world } = this.#program.machine
    this.#seq = Math.max(this.#seq, seq)
    this.#heardAtMs = world.nowMs
    if (epoch <= this.#epoch) return
    this.#epoch = epoch
    this.#log.notes.told.push({ life: this.#program.life, epoch, atMs: world.nowMs })
  }

  heardBeat(epoch: number): void {
    if (epoch >= this.#epoch) this.#heardAtMs = this.#program.machine.world.nowMs
  }

  asksFor({ expectedSeq, records }: AppendRequest): void {
    const epoch = records[0]?.epoch ?? 0
    if (epoch <= this.#epoch) return
    // Who leads, as far as it was told, may raise its own epoch; who claimed in vain may claim again.
    const leads = this.#claimed > 0 && this.#claimed === this.#epoch
    this.#claimed = epoch
    if (leads) return
    const { life, machine } = this.#program
    const [toldSeq, heardAtMs, atMs] = [this.#seq, this.#heardAtMs, machine.world.nowMs]
    this.#log.notes.claims.push({ life, epoch, expectedSeq, toldSeq, atMs, heardAtMs })
  }
}

class SharedLogClient implements SharedJournal {
  readonly #log: SharedLog
  readonly #program: Program
  readonly #inner: MemoryJournal
  readonly #knowledge: Knowledge

  constructor(log: SharedLog, program: Program) {
    this.#log = log
    this.#program = program
    this.#inner = new MemoryJournal({ disk: log.store.disk, faults: program.faults })
    this.#knowledge = new Knowledge(log, program)
  }

  head(): Promise<JournalHead> {
    return this.#ask(() => this.#inner.head())
  }

  async append(request: AppendRequest): Promise<JournalHead> {
    this.#knowledge.asksFor(request)
    this.#log.store.onAsked(request, this.#program)
    const { conditions, random } = this.#log.store
    const head = await this.#ask(async () => {
      await this.#laterThere(FIRST_TRY_MS - Math.log(1 - random.fraction()) * conditions.appendMs)
      if (conditions.isFull) throw new KonorError('KONOR_JOURNAL_FULL', 'the disk of the log is full')
      const isUnclear = conditions.ambiguous > 0 && random.fraction() < conditions.ambiguous
      if (isUnclear && random.fraction() < 0.5) throw unclear()
      const after = await this.#inner.append(request)
      this.#log.appended()
      const { world } = this.#log.machine
      for (const { payload } of request.records)
        world.trace.note(world.nowMs, 'append', this.#program.name, payload)
      if (isUnclear) throw unclear()
      return after
    }, unclear)
    this.#knowledge.toldOf(head)
    return head
  }

  async *read(fromSeq: number, toSeq?: number): AsyncGenerator<JournalRecord> {
    const records = await this.#ask(async () => {
      const all: JournalRecord[] = []
      for await (const record of this.#inner.read(fromSeq, toSeq)) all.push(record)
      return all
    })
    for (const record of records) {
      this.#knowledge.toldOf(record)
      yield record
    }
  }

  find(id: string): Promise<number | undefined> {
    return this.#ask(() => this.#inner.find(id))
  }

  getBlob(digest: Parameters<MemoryJournal['getBlob']>[0]): Promise<Uint8Array | undefined> {
    return this.#ask(() => this.#inner.getBlob(digest))
  }

  async getCheckpoint(atSeq?: number): ReturnType<MemoryJournal['getCheckpoint']> {
    const checkpoint = await this.#ask(() => this.#inner.getCheckpoint(atSeq))
    if (checkpoint !== undefined) this.#knowledge.toldOf({ seq: checkpoint.seq, epoch: 0 })
    return checkpoint
  }

  putCheckpoint(checkpoint: Parameters<MemoryJournal['putCheckpoint']>[0]): Promise<void> {
    return this.#ask(() => this.#inner.putCheckpoint(checkpoint))
  }

  follow(fromSeq: number, follower: JournalFollower): () => void {
    this.#knowledge.listens()
    const subscription = new Subscription(this.#log, this.#program, fromSeq, {
      ...follower,
      onRecord: record => {
        this.#knowledge.toldOf(record)
        follower.onRecord(record)
      },
      onBeat: epoch => {
        this.#knowledge.heardBeat(epoch)
        follower.onBeat(epoch)
      },
    })
    return () => subscription.close()
  }

  beat(epoch: number): Promise<void> {
    return this.#ask(async () => this.#log.beat(epoch))
  }

  async close(): Promise<void> {
    await this.#inner.close()
  }

  #laterThere(delayMs: number): Promise<void> {
    return new Promise(resolve => this.#log.machine.world.after(delayMs, resolve))
  }

  /** One request to the log. What is not answered in time may have happened. */
  #ask<T>(work: () => Promise<T>, onSilence: () => KonorError = silent): Promise<T> {
    const [log, program] = [this.#log, this.#program]
    const near = program.machine.name
    return new Promise((resolve, reject) => {
      // What a program that is gone still asks leaves no machine.
      if (!program.isAlive) return
      const cancel = program.later(ANSWER_MS, () => reject(onSilence()))
      const answer = (act: () => void): void => {
        if (log.isCutTo(near)) return
        program.later(log.network.linkDelayMs(log.machine.name, near), () => {
          cancel()
          act()
        })
      }
      log.machine.world.after(log.network.linkDelayMs(near, log.machine.name), () => {
        if (log.isCutFrom(near)) return
        work().then(
          value => answer(() => resolve(value)),
          (error: Error) => answer(() => reject(error)),
        )
      })
    })
  }
}

/** What one central is told of the log, in order, however often the way there fails. */
class Subscription {
  readonly #log: SharedLog
  readonly #program: Program
  readonly #follower: JournalFollower
  #nextSeq: number
  #isUnderWay = false
  #isOver = false

  constructor(log: SharedLog, program: Program, fromSeq: number, follower: JournalFollower) {
    this.#log = log
    this.#program = program
    this.#nextSeq = fromSeq
    this.#follower = follower
    log.subscriptions.add(this)
    program.onEnd(() => this.close())
    this.pump()
  }

  close(): void {
    this.#isOver = true
    this.#log.subscriptions.delete(this)
  }

  /** Sends what there is, unless something is on its way already. */
  pump(): void {
    const { records } = this.#log.store.disk
    if (this.#isOver || this.#isUnderWay || this.#nextSeq > records.length) return
    this.#isUnderWay = true
    const batch = records.slice(this.#nextSeq - 1)
    this.#log.machine.world.after(this.#delayMs(), () => {
      this.#isUnderWay = false
      if (this.#isOver) return
      if (this.#isCut()) return void this.#log.machine.world.after(RETRY_MS, () => this.pump())
      this.#nextSeq += batch.length
      for (const record of batch) this.#program.enter(() => this.#isOver || this.#follower.onRecord(record))
      this.pump()
    })
  }

  beat(epoch: number): void {
    this.#log.machine.world.after(this.#delayMs(), () => {
      if (!this.#isCut()) this.#program.enter(() => this.#isOver || this.#follower.onBeat(epoch))
    })
  }

  #delayMs(): number {
    return this.#log.network.linkDelayMs(this.#log.machine.name, this.#program.machine.name)
  }

  #isCut(): boolean {
    return this.#log.isCutTo(this.#program.machine.name)
  }
}

function silent(): KonorError {
  return new KonorError('KONOR_JOURNAL_IO', 'the log did not answer in time')
}
