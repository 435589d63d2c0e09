import type { Address } from '../../actors/vocabulary/address.ts'
import { type Digest, digestOfBytes } from '../../actors/vocabulary/canonical/digest.ts'
import { isKonorError, KonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import type { Journal, JournalRecord } from '../journal/journal.ts'
import type { ActorRecord } from '../kernel/actor-record.ts'
import type { Output } from '../kernel/input.ts'
import type { Kernel } from '../kernel/kernel.ts'
import type { KernelState, Position } from '../kernel/kernel-state.ts'
import { decodeInputs, decodeOutputs } from '../kernel/record-codec.ts'
import { encodeState } from '../kernel/state-codec.ts'
import { explainDivergence } from './explain-divergence.ts'
import { recordsAhead } from './records-ahead.ts'

/** What a replay reads; it writes nothing. */
export type ReplayedJournal = Pick<Journal, 'head' | 'read' | 'getCheckpoint'>

/** An actor before and after one record: undefined where it was not there. */
export interface Change {
  readonly address: Address
  readonly before: ActorRecord | undefined
  readonly after: ActorRecord | undefined
}

/** One record that was folded. */
export interface ReplayStep {
  readonly record: JournalRecord
  readonly changes: readonly Change[]
}

/** What a replay has verified so far: each record's link, its outputs, and the state hashes that the chain names. */
export interface ReplayChecks {
  /** Sequence of the checkpoint it began from; 0: from nothing. */
  readonly fromSeq: number
  readonly records: number
  readonly stateHashes: number
}

/** Where the host rests: called after each record, its promise is awaited. A throw ends the replay. */
export type Pace = () => Promise<void> | undefined

/**
 * The state of a journal at one point, and the way onward from it. Folds record by record, so its memory is that of
 * the state and of what is read ahead, however long the journal is. `kernel` and what `steps` yields are real: who
 * continues into a simulation takes them as they are.
 */
export class Replay {
  readonly kernel: Kernel
  readonly #journal: ReplayedJournal
  readonly #pace: Pace
  #checks: ReplayChecks

  constructor(kernel: Kernel, journal: ReplayedJournal, pace: Pace = () => undefined) {
    this.kernel = kernel
    this.#journal = journal
    this.#pace = pace
    this.#checks = { fromSeq: kernel.position.seq, records: 0, stateHashes: 0 }
  }

  get state(): KernelState {
    return this.kernel.state
  }

  get position(): Position {
    return this.kernel.position
  }

  get checks(): ReplayChecks {
    return this.#checks
  }

  /**
   * Folds on to `toSeq`, and yields each record when the state has it. Throws `KONOR_KERNEL_DIVERGED` with what
   * differs when a record gives other outputs than it recorded, or a state another hash than the chain names;
   * `KONOR_KERNEL_FOLD_VERSION` for records of a newer program; the errors of `Journal.read`.
   */
  async *steps(toSeq: number): AsyncGenerator<ReplayStep> {
    for await (const { record, stateHash } of recordsAhead(this.#journal, this.position.seq + 1, toSeq)) {
      const step = this.#fold(record)
      if (stateHash !== undefined) this.#compareHash(stateHash)
      this.#checks = { ...this.#checks, records: this.#checks.records + 1 }
      yield step
      await this.#pace()
    }
  }

  /** As `steps`, for who only wants the state. */
  async foldTo(toSeq: number): Promise<void> {
    for await (const step of this.steps(toSeq)) void step
  }

  #fold(record: JournalRecord): ReplayStep {
    const { state } = this.kernel
    const { draft, position } = this.#refold(record)
    const changes = [...draft.changed()].map(address => ({
      address,
      before: state.get(address),
      after: draft.get(address),
    }))
    this.kernel.commit(draft, position)
    return { record, changes }
  }

  #refold(record: JournalRecord): ReturnType<Kernel['refold']> {
    const { seq } = record
    try {
      return this.kernel.refold(record)
    } catch (thrown) {
      if (!isKonorError(thrown)) throw thrown
      if (thrown.code === 'KONOR_KERNEL_DIVERGED')
        throw explainDivergence(seq, decodeOutputs(record.outputs), this.#outputsOf(record), thrown)
      const details = { ...thrown.details, seq }
      if (thrown.code === 'KONOR_KERNEL_FOLD_VERSION')
        throw new KonorError(thrown.code, `record ${seq}: ${thrown.message}`, { cause: thrown, details })
      const message = `the journal is damaged: record ${seq} holds no inputs that can be read`
      throw new KonorError('KONOR_JOURNAL_CORRUPT', message, { cause: thrown, details })
    }
  }

  /** What folding it gives, on a draft that is dropped. */
  #outputsOf({ payload, ...record }: JournalRecord): readonly Output[] {
    const draft = this.kernel.draft()
    const position = { ...record, foldVersion: this.position.foldVersion }
    return decodeInputs(payload).flatMap(input => this.kernel.fold(draft, input, record, position).outputs)
  }

  #compareHash(recorded: Digest): void {
    const { seq } = this.position
    const got = digestOfBytes(encodeState(this.state))
    if (got !== recorded) {
      throw new KonorError(
        'KONOR_KERNEL_DIVERGED',
        `the state at record ${seq} is not the one that the journal names: every output came out as recorded, the state did not`,
        { details: { seq, got, recorded } },
      )
    }
    this.#checks = { ...this.#checks, stateHashes: this.#checks.stateHashes + 1 }
  }
}
