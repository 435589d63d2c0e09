import type { Address } from './address.ts'
import type { CborValue } from './canonical/cbor-value.ts'
import type { ErrorCode } from './errors/index.ts'

/** What reaches an actor: a fact in the past (`STEP_FAILED`) or an imperative command (`PAUSE`), with plain data. */
export interface ActorEvent {
  readonly type: string
  readonly [field: string]: CborValue | undefined
}

/** The record that is being folded: the only clock an actor ever sees. */
export interface Stamp {
  readonly seq: number
  /** Journal time: advances only while a leader observes. */
  readonly timeMs: number
  /** The leader's wall clock, for calendars and people. */
  readonly wallMs: number
}

/** A refusal that the sender of an input gets. */
export interface Refusal {
  readonly code: ErrorCode
  readonly message: string
  readonly details?: Readonly<Record<string, CborValue>>
}

/**
 * What a chart asks the kernel to do; nothing else leaves a chart. All of it happens within the fold of one input,
 * except `effect`, which enters the outbox and is run by the host after the record is durable.
 */
export type Instruction =
  | { readonly do: 'tell'; readonly to: Address; readonly event: ActorEvent }
  /** `chart` names the chart and version to be born with; default: the newest of the address' kind. */
  | { readonly do: 'spawn'; readonly address: Address; readonly input: CborValue; readonly chart?: string }
  | { readonly do: 'stop'; readonly address: Address }
  /** Removes every actor below a prefix (`sub/payments/`) without telling them. */
  | { readonly do: 'stop-below'; readonly prefix: string }
  | { readonly do: 'reply'; readonly body: CborValue }
  | { readonly do: 'refuse'; readonly refusal: Refusal }
  | { readonly do: 'emit'; readonly event: string; readonly data: Readonly<Record<string, CborValue>> }
  | { readonly do: 'effect'; readonly key: string; readonly kind: string; readonly data: CborValue }
  | { readonly do: 'effect-done'; readonly key: string }
  /** A journaled deadline is due: it is spent, and its event reaches the actor. Only the kernel's own route says so. */
  | { readonly do: 'fire'; readonly address: Address; readonly timer: string }

export function tell(to: Address, event: ActorEvent): Instruction {
  return { do: 'tell', to, event }
}

export function spawn(address: Address, input: CborValue, chart?: string): Instruction {
  return chart === undefined ? { do: 'spawn', address, input } : { do: 'spawn', address, input, chart }
}

export function emit(event: string, data: Readonly<Record<string, CborValue>>): Instruction {
  return { do: 'emit', event, data }
}
