import type { Digest } from '../../actors/vocabulary/canonical/digest.ts'
import type { Address } from '../../actors/vocabulary/address.ts'
import type { Blob } from '../journal/journal.ts'
import type { Input, Output } from '../kernel/input.ts'
import type { Position, StateView } from '../kernel/kernel-state.ts'
import type { CborValue } from '../../actors/vocabulary/canonical/cbor-value.ts'

/** An input with the blobs that it names: they become durable together with its record. */
export interface Prepared {
  readonly input: Input
  readonly blobs?: readonly Blob[]
}

/** What `prepare` may use: the state just before the input is folded, and blobs that are at hand. */
export interface Preparation {
  readonly view: StateView
  readonly position: Position
  /** The leader's wall clock. */
  readonly wallMs: number
  /** A blob's bytes; when they are not in memory it throws `BlobsNeeded`, and `prepare` is called again with them. */
  blob(digest: Digest): Uint8Array
}

/** What became of an input, once its record is durable. */
export interface Recorded {
  readonly body: CborValue
  readonly timeline: number
  readonly seq: number
}

/** A durable record's outputs and what it changed: what streams, links and waiting readers are fed with. */
export interface Folded {
  readonly timeline: number
  readonly seq: number
  readonly wallMs: number
  readonly outputs: readonly Output[]
  readonly changed: ReadonlySet<Address>
}

/**
 * The one writer. It folds inputs ahead of the journal, appends them in groups, and only then lets replies, effects
 * and listeners see them.
 */
export interface Leader {
  /** The durable state. */
  readonly view: StateView
  readonly position: Position
  /**
   * Folds the input that `prepare` makes from the state just before it, so that what it was made from cannot move.
   * Resolves when its record is durable; rejects with the fold's refusal as a `KonorError`, with
   * `KONOR_ENGINE_QUEUE_FULL` past the bound, or with `KONOR_ENGINE_NO_LEADER`.
   */
  submit(prepare: (preparation: Preparation) => Prepared): Promise<Recorded>
  /** As `submit` for facts that may share one record with others (reports, liveness, timers). */
  submitFact(input: Input): Promise<Recorded>
  /** Called after each durable batch, in order. */
  onFolded(listener: (folded: Folded) => void): () => void
  getBlob(digest: Digest): Promise<Uint8Array | undefined>
}

/** Thrown inside `prepare` when blobs must be read first. */
export class BlobsNeeded extends Error {
  readonly digests: readonly Digest[]

  constructor(digests: readonly Digest[]) {
    super('blobs must be read first')
    this.digests = digests
  }
}
