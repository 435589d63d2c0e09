import type { AppendRequest } from '../../runtime/journal/journal.ts'
import type { ProgramLife } from './program-life.ts'
import type { Program } from './program.ts'

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
  /** When each machine was last told anything, of the epoch that it knew or a later one. */
  readonly heardAtMs = new Map<string, number>()
}

/** What one life of a central has been told, which is all that it can have decided on. */
export class Knowledge {
  readonly #notes: SharedLogNotes
  readonly #program: Program
  #seq = 0
  #epoch = 0
  #claimed = 0
  /** What it asked the log for last: the first record, and where the last one would be. */
  #asked: { readonly id: string; readonly seq: number; readonly epoch: number } | undefined
  #heardAtMs = 0

  constructor(notes: SharedLogNotes, program: Program) {
    this.#notes = notes
    this.#program = program
  }

  /** It is told something, or begins to listen. */
  listens(): void {
    const { name, world } = this.#program.machine
    this.#heardAtMs = world.nowMs
    this.#notes.heardAtMs.set(name, world.nowMs)
  }

  toldOf({ seq, epoch }: { readonly seq: number; readonly epoch: number }): void {
    const { world } = this.#program.machine
    this.#seq = Math.max(this.#seq, seq)
    this.listens()
    if (epoch <= this.#epoch) return
    this.#epoch = epoch
    this.#notes.told.push({ life: this.#program.life, epoch, atMs: world.nowMs })
  }

  heardBeat(epoch: number): void {
    if (epoch >= this.#epoch) this.listens()
  }

  /** It looks for a record that it may have written, and is told where that is. */
  finds(id: string, seq: number | undefined): void {
    if (seq !== undefined && id === this.#asked?.id) this.toldOf(this.#asked)
  }

  asksFor({ expectedSeq, records }: AppendRequest): void {
    const { id = '', epoch = 0 } = records[0] ?? {}
    this.#asked = { id, seq: expectedSeq + records.length, epoch }
    if (epoch <= this.#epoch) return
    // Who leads, as far as it was told, may raise its own epoch; who claimed in vain may claim again.
    const leads = this.#claimed > 0 && this.#claimed === this.#epoch
    this.#claimed = epoch
    if (leads) return
    const { life, machine } = this.#program
    const [toldSeq, heardAtMs, atMs] = [this.#seq, this.#heardAtMs, machine.world.nowMs]
    this.#notes.claims.push({ life, epoch, expectedSeq, toldSeq, atMs, heardAtMs })
  }
}
