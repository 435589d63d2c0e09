/// <reference lib="esnext.disposable" preserve="true" />
import type { CborValue } from '../../actors/vocabulary/canonical/cbor-value.ts'
import type { Change } from './changes.ts'
import type { Snapshot } from './snapshot.ts'

type Widen<T> = T extends string ? string : T extends number ? number : T extends boolean ? boolean : T

/** The type that a default stands for: a number for 100, text for 'x', anything for null and undefined. */
export type Widened<T> = [T] extends [null | undefined] ? CborValue | T : Widen<T>

/** Turns a change down, with a reason that the admin reads. */
export interface Rejection {
  readonly reject: string
}

export type Verdict = void | undefined | Rejection

/** Looks at a candidate before the node may activate it. Throwing or `{ reject }` turns it down. */
export type PrepareListener = (change: Change) => Verdict | Promise<Verdict>

/** Puts a change into effect. When it ends (or resolves) the change is applied; when it throws, it is rejected. */
export type ChangeListener = (change: Change) => unknown

/** A process's view of one group. */
export interface KonorClient extends AsyncDisposable {
  /**
   * The value of a key, or the default: when the key is missing, when nothing ever arrived, and when the value is of
   * another JSON type than the default (reported once as a process warning). With a default of null or undefined any
   * type is given. Synchronous; never throws.
   */
  get<T>(key: string, fallback: T): Widened<T>
  /** Everything at this moment, in one immutable piece. Values that belong together are read from one snapshot. */
  readonly snapshot: Snapshot
  /** Asks `listener` before each activation. Returns a function that ends it. */
  onPrepare(listener: PrepareListener): () => void
  /** Tells `listener` of each change after the snapshot was swapped, one at a time. Returns a function that ends it. */
  onChange(listener: ChangeListener): () => void
  /** Says `bye` and lets go of the socket. The last snapshot stays readable. Calling it again is fine. */
  close(): Promise<void>
}
