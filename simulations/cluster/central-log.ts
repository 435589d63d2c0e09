import type { Address } from '../../actors/vocabulary/address.ts'
import { isKonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import type { EffectStep } from './watched-steps.ts'
import type { Leader } from '../../runtime/engine/leader.ts'
import { KernelState } from '../../runtime/kernel/kernel-state.ts'
import type { Journal, RecordDraft } from '../../runtime/journal/journal.ts'
import type { SharedJournal } from '../../runtime/journal/shared-journal.ts'
import type { Program } from '../world/program.ts'
import type { ProgramLife } from '../world/program-life.ts'

/** A record as a central handed it to the journal, by the clock of its own machine. */
export interface Drafted {
  readonly life: ProgramLife
  readonly monotonicMs: number
  /** What that clock showed when the program began. */
  readonly lifeMonotonicMs: number
}

/** A job that a central spoke of to an admin. */
export interface CentralReply {
  /** True time at which the answer left. */
  readonly atMs: number
  readonly job: string
}

/** A deadline as a state held it: from the record after which it was there to the one after which it was not. */
export interface DeadlineSpan {
  readonly life: ProgramLife
  readonly address: string
  readonly timer: string
  /** In journal time. */
  readonly dueMs: number
  readonly fromSeq: number
  toSeq: number | undefined
}

/** A deadline that was in the past of the journal, at a true time. */
export interface Overdue {
  readonly atMs: number
  readonly deadline: DeadlineSpan
  /** By how much, in journal time. */
  readonly byMs: number
}

/** An append that was refused, slow, or of unclear outcome until that was looked up, in true time. */
export interface JournalTrouble {
  readonly life: ProgramLife
  readonly fromMs: number
  toMs: number
}

/** So long an append may take without being called slow. */
const SLOW_MS = 500
/** What is due later than this is nothing to wait for in a storm. */
const SOON_MS = 120_000

/** Notes what the journal itself does not say: when its records were made, what waits, and what was answered when. */
export class CentralLog {
  /** By record id. */
  readonly drafts = new Map<string, Drafted>()
  readonly replies: CentralReply[] = []
  readonly deadlines: DeadlineSpan[] = []
  readonly overdue: Overdue[] = []
  readonly troubles: JournalTrouble[] = []
  /** What was done about effects, in the order in which it was begun. */
  readonly steps: EffectStep[] = []
  readonly #begun = new Map<ProgramLife, number>()
  /** Appends of which nobody knows how they ended. */
  readonly #unclear = new Map<ProgramLife, JournalTrouble>()
  #waiting = new Map<Address, readonly DeadlineSpan[]>()
  #latest = { timeMs: 0, monotonicMs: 0 }

  began({ life, machine }: Program): void {
    this.#begun.set(life, machine.monotonicMs())
    this.#waiting = new Map()
  }

  /** Records after this one are gone: what waited since then does not, and what ended since then has not. */
  forgetAfter(seq: number): void {
    const kept = this.deadlines.filter(({ fromSeq }) => fromSeq <= seq)
    for (const span of kept) if ((span.toSeq ?? 0) > seq) span.toSeq = undefined
    this.deadlines.splice(0, Infinity, ...kept)
    this.#waiting = new Map()
  }

  /** Told in the very event in which the records were made. */
  drafted(records: readonly RecordDraft[], { life, machine }: Program): void {
    const monotonicMs = machine.monotonicMs()
    const lifeMonotonicMs = this.#begun.get(life) ?? monotonicMs
    for (const { id, timeMs } of records) {
      this.drafts.set(id, { life, monotonicMs, lifeMonotonicMs })
      this.#latest = { timeMs, monotonicMs }
    }
  }

  /** The same journal, and how its appends end is noted. */
  watch(journal: Journal, program: Program): Journal {
    return {
      head: () => journal.head(),
      append: request => this.#appending(program, journal.append(request)),
      read: (fromSeq, toSeq) => journal.read(fromSeq, toSeq),
      find: async id => {
        const found = await journal.find(id)
        this.#settled(program)
        return found
      },
      getBlob: digest => journal.getBlob(digest),
      getCheckpoint: atSeq => journal.getCheckpoint(atSeq),
      putCheckpoint: checkpoint => journal.putCheckpoint(checkpoint),
      close: () => journal.close(),
    }
  }

  /** That of one that others share as well. */
  watchShared(journal: SharedJournal, program: Program): SharedJournal {
    return {
      ...this.watch(journal, program),
      follow: (fromSeq, follower) => journal.follow(fromSeq, follower),
      beat: epoch => journal.beat(epoch),
    }
  }

  /** Follows what waits for a time, from what is there now on. */
  follow(leader: Leader, { life }: Program): void {
    const { view } = leader
    const note = (address: Address, seq: number): void => {
      const deadlines = view.get(address)?.deadlines ?? {}
      const before = this.#waiting.get(address) ?? []
      const kept = before.filter(({ timer, dueMs }) => deadlines[timer]?.dueMs === dueMs)
      for (const span of before) if (!kept.includes(span)) span.toSeq = seq
      const added = Object.entries(deadlines)
        .filter(([timer]) => !kept.some(span => span.timer === timer))
        .map(([timer, { dueMs }]) => ({ life, address, timer, dueMs, fromSeq: seq, toSeq: undefined }))
      if (added.length > 0) this.deadlines.push(...added)
      if (kept.length + added.length > 0) this.#waiting.set(address, [...kept, ...added])
      else this.#waiting.delete(address)
    }
    if (view instanceof KernelState)
      for (const { address } of view.actors()) note(address, leader.position.seq)
    leader.onFolded(({ changed, seq }) => {
      for (const address of changed) note(address, seq)
    })
  }

  /** Looks at what waits: who is past its time is written down. */
  look({ machine, life }: Program): void {
    const { timeMs, monotonicMs } = this.#latest
    const journalMs = timeMs + machine.monotonicMs() - monotonicMs
    for (const spans of this.#waiting.values())
      for (const deadline of spans)
        if (deadline.life === life && deadline.dueMs < journalMs)
          this.overdue.push({ atMs: machine.world.nowMs, deadline, byMs: journalMs - deadline.dueMs })
  }

  /** True time until the next deadline is due that is not yet; undefined when nothing waits, or nobody follows. */
  nextDueInMs({ machine }: Program): number | undefined {
    const journalMs = this.#latest.timeMs + machine.monotonicMs() - this.#latest.monotonicMs
    const dueMs = [...this.#waiting.values()]
      .flatMap(spans => spans.map(span => span.dueMs))
      .filter(ms => ms > journalMs && ms < journalMs + SOON_MS)
    return dueMs.length === 0 ? undefined : machine.trueDelayMs(Math.min(...dueMs) - journalMs)
  }

  replied(atMs: number, value: unknown): void {
    const isJob = typeof value === 'object' && value !== null && 'id' in value && 'plan' in value
    if (isJob) this.replies.push({ atMs, job: String(value.id) })
  }

  /** What is slow and what is refused alike keeps deadlines waiting. */
  async #appending<T>(program: Program, pending: Promise<T>): Promise<T> {
    const { world } = program.machine
    this.#settled(program)
    const trouble = { life: program.life, fromMs: world.nowMs, toMs: Infinity }
    let isNoted = false
    const noteTrouble = (): void => {
      if (!isNoted && program.isAlive) this.troubles.push(trouble)
      isNoted = true
    }
    const cancel = world.after(SLOW_MS, noteTrouble)
    try {
      const head = await pending
      trouble.toMs = world.nowMs
      return head
    } catch (error) {
      noteTrouble()
      if (isKonorError(error, 'KONOR_JOURNAL_AMBIGUOUS')) this.#unclear.set(program.life, trouble)
      else trouble.toMs = world.nowMs
      throw error
    } finally {
      cancel()
    }
  }

  #settled({ life, machine }: Program): void {
    const trouble = this.#unclear.get(life)
    if (trouble !== undefined) trouble.toMs = machine.world.nowMs
    this.#unclear.delete(life)
  }
}
