import { KonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import type { AppendRequest, JournalHead, JournalRecord } from '../../runtime/journal/journal.ts'
import { MemoryJournal } from '../../runtime/journal/memory-journal.ts'
import type { JournalFollower, SharedJournal } from '../../runtime/journal/shared-journal.ts'
import type { Machine } from './machine.ts'
import type { Network } from './network.ts'
import type { Program } from './program.ts'
import { Knowledge, SharedLogNotes } from './shared-log-notes.ts'
import { NotedJournal } from './log-service/noted-journal.ts'
import { openSimulatedStreamJournal } from './log-service/open-stream-journal.ts'
import { SimulatedLog } from './log-service/simulated-log.ts'
import { FIRST_TRY_MS, type JournalStore, unclear } from './simulated-journal.ts'

/** What a central waits for an answer of the log. */
const ANSWER_MS = 4_000
/** A subscription that could not be served is tried again so often. */
const RETRY_MS = 300

/**
 * `plain`: a journal that several may write, as the port promises it, and nothing more goes wrong than a lost answer.
 * `stream`: the product's journal on a log service, and all that may go wrong with that.
 */
export type SharedLogKind = 'plain' | 'stream'

/** One log on a machine of its own, reached over the network by any number of centrals. */
export class SharedLog {
  readonly store: JournalStore
  readonly machine: Machine
  readonly network: Network
  readonly notes = new SharedLogNotes()
  readonly subscriptions = new Set<Subscription>()

  /** What the log is made of, when the journal of the product on it is to run as well. */
  readonly service: SimulatedLog | undefined

  constructor(network: Network, machine: Machine, store: JournalStore, kind: SharedLogKind) {
    this.network = network
    this.machine = machine
    this.store = store
    this.service = kind === 'stream' ? new SimulatedLog(network, machine, store) : undefined
  }

  /** The log as one life of a central sees it. */
  openFor(program: Program): SharedJournal {
    if (this.service === undefined) return new SharedLogClient(this, program)
    return new NotedJournal(
      openSimulatedStreamJournal(this.service, program),
      this.notes,
      this.store,
      program,
    )
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

class SharedLogClient implements SharedJournal {
  readonly #log: SharedLog
  readonly #program: Program
  readonly #inner: MemoryJournal
  readonly #knowledge: Knowledge

  constructor(log: SharedLog, program: Program) {
    this.#log = log
    this.#program = program
    this.#inner = new MemoryJournal({ disk: log.store.disk, faults: program.faults })
    this.#knowledge = new Knowledge(log.notes, program)
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

  async find(id: string): Promise<number | undefined> {
    const seq = await this.#ask(() => this.#inner.find(id))
    this.#knowledge.finds(id, seq)
    return seq
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
