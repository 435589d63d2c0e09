import type { Address } from '../../actors/vocabulary/address.ts'
import type { CborValue } from '../../actors/vocabulary/canonical/cbor-value.ts'
import type { Instruction, Refusal, Stamp } from '../../actors/vocabulary/instruction.ts'
import type { Position, StateView } from './kernel-state.ts'

/**
 * One input of the fold. `route` names the pure function that decides about it; `by` is the principal; `body` is plain
 * data. Everything the outside may ever tell the state passes here, so it is all in the journal.
 */
export interface Input {
  readonly route: string
  readonly by: string
  readonly scopes: readonly string[]
  readonly body: CborValue
  /** W3C trace id of the request that caused it. */
  readonly trace?: string
}

/** What a route decides: to refuse (nothing changes), or the messages that carry the input out. */
export type Routed =
  | { readonly refuse: Refusal; readonly audit?: Audit }
  | { readonly instructions: readonly Instruction[]; readonly audit?: Audit; readonly reply?: CborValue }

/** What the audit says of an input; it becomes the first output of the input's own record. */
export interface Audit {
  readonly action: string
  readonly resource: string
  readonly detail: Readonly<Record<string, CborValue>>
}

/** A route: pure, reads the state as the fold sees it, decides. A throw faults this input only. */
export type Route = (view: StateView, input: Input, at: Stamp, position: Position) => Routed

/** One public output of a fold. Audit entries are outputs of type `audit`. */
export interface Output {
  readonly type: string
  readonly address: Address
  readonly data: Readonly<Record<string, CborValue>>
}

export type Reply =
  | { readonly ok: true; readonly body: CborValue }
  | { readonly ok: false; readonly refusal: Refusal }

export interface Folded {
  readonly reply: Reply
  readonly outputs: readonly Output[]
}
