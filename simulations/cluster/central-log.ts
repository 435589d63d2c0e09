import type { RecordDraft } from '../../runtime/journal/journal.ts'
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

/** Notes what the journal itself does not say: when its records were made, and what was answered when. */
export class CentralLog {
  /** By record id. */
  readonly drafts = new Map<string, Drafted>()
  readonly replies: CentralReply[] = []
  readonly #begun = new Map<ProgramLife, number>()

  began({ life, machine }: Program): void {
    this.#begun.set(life, machine.monotonicMs())
  }

  drafted(records: readonly RecordDraft[], { life, machine }: Program): void {
    const monotonicMs = machine.monotonicMs()
    const lifeMonotonicMs = this.#begun.get(life) ?? monotonicMs
    for (const { id } of records) this.drafts.set(id, { life, monotonicMs, lifeMonotonicMs })
  }

  replied(atMs: number, value: unknown): void {
    const isJob = typeof value === 'object' && value !== null && 'id' in value && 'plan' in value
    if (isJob) this.replies.push({ atMs, job: String(value.id) })
  }
}
