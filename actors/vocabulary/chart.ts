import type { Address } from './address.ts'
import type { CborValue } from './canonical/cbor-value.ts'
import type { Instruction, Stamp } from './instruction.ts'

/** A reference to a guard or an action by name, with constant parameters where the chart gives some. */
export type NamedRef =
  | string
  | { readonly type: string; readonly params?: Readonly<Record<string, CborValue>> }

export interface TransitionConfig {
  readonly target?: string | readonly string[]
  readonly guard?: NamedRef
  readonly actions?: NamedRef | readonly NamedRef[]
  readonly reenter?: boolean
  readonly description?: string
}

type Transitions = string | TransitionConfig | readonly TransitionConfig[]

/** A state of a chart: the subset of XState's machine config that is plain data (no functions, invokes or history). */
export interface StateConfig {
  readonly type?: 'parallel' | 'final'
  readonly initial?: string
  readonly states?: Readonly<Record<string, StateConfig>>
  readonly on?: Readonly<Record<string, Transitions>>
  readonly after?: Readonly<Record<string, Transitions>>
  readonly always?: Transitions
  readonly entry?: NamedRef | readonly NamedRef[]
  readonly exit?: NamedRef | readonly NamedRef[]
  readonly description?: string
}

/** An event of one type as it reaches a chart: with the stamp of the record that is being folded. */
export type On<Event extends { readonly type: string }, Type extends Event['type']> = Extract<
  Event,
  { readonly type: Type }
> & { readonly at: Stamp }

// Each function names the one event that it is used with in the config; `never` lets them differ within one table.
type Guard<Context> = (context: Context, event: never, params: never) => boolean
type Update<Context> = (context: Context, event: never, params: never) => Partial<Context>
type Instruct<Context> = (
  context: Context,
  event: never,
  params: never,
) => Instruction | readonly Instruction[]

/**
 * A chart: a statechart as data, with its named guards, context updates and instructions beside it. Pure: same
 * context and event, same result. A chart is never edited once a journal may hold actors born with it; a change is a
 * new `version`.
 */
export interface Chart<Context> {
  /** The kind of actor, as in its address; for a policy `policy-run`. */
  readonly kind: string
  /** `KIND@VERSION`; policies: `policy:NAME@VERSION`. */
  readonly name: string
  /** The version of the fold that begins to give birth with it. Default 1: from the beginning. */
  readonly sinceFold?: number
  readonly config: StateConfig
  initialContext(input: CborValue, at: Stamp, self: Address): Context
  readonly guards: Readonly<Record<string, Guard<Context>>>
  readonly updates: Readonly<Record<string, Update<Context>>>
  readonly instructions: Readonly<Record<string, Instruct<Context>>>
  /** Named delays of `after`, in milliseconds of journal time. */
  readonly delays?: Readonly<Record<string, (context: Context) => number>>
  /** How many ended actors of this kind stay readable; older ones live on in the journal only. Default 0. */
  readonly retain?: number
}

/** Any chart, as the registry keeps it: only ever given its own contexts. */
export type AnyChart = Chart<never>
