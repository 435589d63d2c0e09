import { digestOfBytes } from '../../actors/vocabulary/canonical/digest.ts'
import { KonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import type { Stamp } from '../../actors/vocabulary/instruction.ts'
import type { ChartRegistry } from './chart-registry.ts'
import { Draft } from './draft.ts'
import { type FoldContext, foldInput } from './fold.ts'
import type { Folded, Input, Route } from './input.ts'
import { KernelState, type Position } from './kernel-state.ts'
import { decodeBatch, encodeOutputs } from './record-codec.ts'
import { decodeState } from './state-codec.ts'

/** What the kernel needs of a journal record to fold it. */
export interface FoldableRecord {
  readonly seq: number
  readonly timeline: number
  readonly epoch: number
  readonly timeMs: number
  readonly wallMs: number
  readonly payload: Uint8Array
  readonly outputs: Uint8Array
}

/**
 * The replicated state machine: `state = fold(journal)`. It holds the durable state; a leader folds ahead into a
 * `Draft` and makes it state (`commit`) only when the journal has it.
 */
export class Kernel {
  readonly #context: FoldContext
  #state: KernelState

  constructor(charts: ChartRegistry, routes: Readonly<Record<string, Route>>) {
    this.#context = { charts, routes }
    this.#state = new KernelState()
  }

  /** The durable state. */
  get state(): KernelState {
    return this.#state
  }

  get position(): Position {
    return this.#state.position
  }

  /** Begins from a checkpoint instead of from nothing. */
  restore(stateBytes: Uint8Array): void {
    this.#state = decodeState(stateBytes, this.#context.charts)
  }

  /** An empty set of changes on top of the durable state. */
  draft(): Draft {
    return new Draft(this.#state)
  }

  /** An empty set of changes on top of another draft. */
  draftOn(draft: Draft): Draft {
    return new Draft(draft)
  }

  /** Folds one input on top of `draft`, as the fold version of `position` does. */
  fold(draft: Draft, input: Input, at: Stamp, position: Position): Folded {
    return foldInput(this.#context, draft, input, at, position)
  }

  /** The records of `draft` are durable: its changes become the state. */
  commit(draft: Draft, position: Position): void {
    draft.applyTo(this.#state)
    this.#state.position = position
  }

  /**
   * Folds a record that is durable already (replay, or a follower). Its outputs must come out as they were stored:
   * `KONOR_KERNEL_DIVERGED` names the first record where they do not. Answers what the record changed.
   */
  replay(record: FoldableRecord): Draft {
    const { draft, position } = this.refold(record)
    this.commit(draft, position)
    return draft
  }

  /** As `replay`, but leaves the state as it is: `commit` the draft to go on. */
  refold(record: FoldableRecord): { readonly draft: Draft; readonly position: Position } {
    const { fold, inputs } = decodeBatch(record.payload)
    const position: Position = {
      timeline: record.timeline,
      epoch: record.epoch,
      seq: record.seq,
      timeMs: record.timeMs,
      foldVersion: fold,
    }
    const at: Stamp = { seq: record.seq, timeMs: record.timeMs, wallMs: record.wallMs }
    const draft = this.draft()
    const outputs = inputs.flatMap(input => [...this.fold(draft, input, at, position).outputs])
    const encoded = encodeOutputs(outputs)
    if (Buffer.compare(encoded, record.outputs) !== 0) {
      throw new KonorError(
        'KONOR_KERNEL_DIVERGED',
        `folding record ${record.seq} again gave other outputs than it recorded`,
        {
          details: { seq: record.seq, got: digestOfBytes(encoded), recorded: digestOfBytes(record.outputs) },
        },
      )
    }
    return { draft, position }
  }
}
