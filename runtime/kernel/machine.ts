import { type AnyMachineSnapshot, type AnyStateMachine, assign, createMachine } from 'xstate'
import type { AnyChart, NamedRef, StateConfig } from '../../actors/vocabulary/chart.ts'
import type { ActorEvent, Instruction, Stamp } from '../../actors/vocabulary/instruction.ts'
import type { Address } from '../../actors/vocabulary/address.ts'
import type { CborValue } from '../../actors/vocabulary/canonical/cbor-value.ts'

/**
 * The only module that knows XState. A chart becomes an XState machine that is used as a pure function:
 * `transition` with one reused scope (about 5 times the speed of the exported function, which builds an actor
 * system per call). XState's mailbox, clock, invoke and spawn are not used: restored actors would forget
 * timers and rerun invokes (statelyai/xstate#5331, #4860). Pinned to 5.33; `machine.test.ts` tests the
 * internal signature relied on here.
 */
export interface Machine {
  readonly chart: AnyChart
  start(input: CborValue, at: Stamp, self: Address): Step
  /** The snapshot after `event`, what the chart asked for, and whether any transition was taken. */
  step(snapshot: Snapshot, event: ActorEvent, at: Stamp): Step
  restore(stored: StoredSnapshot): Snapshot
}

/** An XState snapshot, opaque to everybody else. */
export type Snapshot = AnyMachineSnapshot

/** What of a snapshot is state: plain data. */
export interface StoredSnapshot {
  readonly value: CborValue
  readonly context: CborValue
  readonly done: boolean
}

export type TimerChange =
  | { readonly timer: 'start'; readonly id: string; readonly delayMs: number; readonly event: ActorEvent }
  | { readonly timer: 'cancel'; readonly id: string }

export interface Step {
  readonly snapshot: Snapshot
  readonly instructions: readonly Instruction[]
  readonly timers: readonly TimerChange[]
  /** False when the state it was in takes no such event (or took it without doing anything). */
  readonly handled: boolean
}

/** `shortcuts` may be switched off to compare: results are the same. */
export function createMachineOf(chart: AnyChart, { shortcuts = true } = {}): Machine {
  const machine = compile(chart)
  return {
    chart,
    start: (input, at, self) => run(scope => machine.getInitialSnapshot(scope, { input, at, self })),
    step(snapshot, event, at) {
      if (snapshot.status !== 'active') return { snapshot, instructions: [], timers: [], handled: false }
      const stamped = { ...event, at } as unknown as ActorEvent
      const short = shortcuts ? stepWithin(chart, machine, snapshot, stamped) : undefined
      if (short !== undefined) return short
      const after = run(scope => machine.transition(snapshot, stamped as never, scope))
      // XState gives the same object back when no transition was taken: asking `can` first would run guards
      // twice.
      return after.snapshot === snapshot && executed.length === 0 ? { ...after, handled: false } : after
    },
    restore: stored =>
      machine.resolveState({
        value: inOrderOf(chart.config, stored.value) as string,
        context: stored.context,
        status: stored.done ? 'done' : 'active',
      }),
  }
}

/**
 * The regions of a parallel state act in the order in which its value names them. A stored value has the
 * order of canonical CBOR: unless it is given back the chart's own, an actor would tell the same things in
 * another order after a restart.
 */
function inOrderOf(state: StateConfig | undefined, value: CborValue | undefined): CborValue {
  if (value === undefined || value === null || typeof value !== 'object') return value ?? null
  const members = value as Readonly<Record<string, CborValue>>
  const ordered: Record<string, CborValue> = {}
  for (const [name, child] of Object.entries(state?.states ?? {}))
    if (Object.hasOwn(members, name)) ordered[name] = inOrderOf(child, members[name])
  return ordered
}

export function storedOf(snapshot: Snapshot): StoredSnapshot {
  return {
    value: snapshot.value as CborValue,
    context: snapshot.context as CborValue,
    done: snapshot.status === 'done',
  }
}

/**
 * The commonest step by far leaves no state: one transition without a target, whose actions update the
 * context and instruct. XState would compute entry and exit sets, a new configuration and its value for it;
 * here the actions are run as they stand, in the same order and on the same context. Undefined: XState must
 * do it, because a state is left or an eventless transition has become possible.
 */
function stepWithin(
  chart: AnyChart,
  machine: AnyStateMachine,
  snapshot: Snapshot,
  event: ActorEvent,
): Step | undefined {
  const selected = machine.getTransitionData(snapshot as never, event as never)
  const [taken] = selected
  if (taken === undefined || selected.length > 1 || taken.target !== undefined || taken.reenter)
    return undefined
  if (taken.actions.length === 0) return undefined
  const instructions: Instruction[] = []
  let context = snapshot.context as never
  for (const action of taken.actions as unknown as readonly CompiledAction[]) {
    if (action.type.startsWith(INSTRUCT)) {
      for (const instruction of (action as InstructAction).params({ context, event: event as never }))
        instructions.push(instruction)
    } else {
      const update = chart.updates[action.type]
      if (update === undefined) return undefined
      const changed = update(context, event as never, (action.params ?? {}) as never)
      context = { ...(context as object), ...(changed as object) } as never
    }
  }
  for (const node of snapshot._nodes as readonly {
    readonly always?: readonly { readonly guard?: NamedRef }[]
  }[])
    for (const { guard } of node.always ?? []) if (holds(chart, guard, context, event)) return undefined
  return { snapshot: { ...snapshot, context } as Snapshot, instructions, timers: NO_TIMERS, handled: true }
}

function holds(chart: AnyChart, ref: NamedRef | undefined, context: never, event: ActorEvent): boolean {
  if (ref === undefined) return true
  const { type, params } = typeof ref === 'string' ? { type: ref, params: undefined } : ref
  // A guard that cannot be told from here is left to XState.
  return chart.guards[type]?.(context, event as never, (params ?? {}) as never) ?? true
}

const NO_TIMERS: readonly TimerChange[] = []
const INSTRUCT = 'instruct.'

interface InstructAction {
  readonly type: string
  params(args: Args): readonly Instruction[]
}

type CompiledAction = InstructAction | { readonly type: string; readonly params?: unknown }

type Scope = Parameters<AnyStateMachine['transition']>[2]

interface ExecutedAction {
  readonly type: string
  readonly params?: unknown
}

/**
 * Actions that the transition under way produced. One array for all: a fold is synchronous and never
 * reentrant.
 */
const executed: ExecutedAction[] = []

const nothing = (): void => {}

// XState hands this scope to the machine; of all its members only `actionExecutor` sees anything in pure use,
// and `self` and `system` are read for ids that our charts never use.
const scope = {
  self: { id: '', sessionId: '', send: nothing, getSnapshot: nothing },
  id: '',
  sessionId: '',
  logger: nothing,
  defer: nothing,
  stopChild: nothing,
  emit: nothing,
  system: { _sendInspectionEvent: nothing, _relay: nothing, _bookId: () => '', _unregister: nothing },
  actionExecutor(action: ExecutedAction) {
    executed.push(action)
  },
} as unknown as Scope

function run(transition: (scope: Scope) => Snapshot): Step {
  executed.length = 0
  const snapshot = transition(scope)
  const instructions: Instruction[] = []
  const timers: TimerChange[] = []
  for (const action of executed) sort(action, instructions, timers)
  return { snapshot, instructions, timers, handled: true }
}

function sort(action: ExecutedAction, instructions: Instruction[], timers: TimerChange[]): void {
  if (action.type === 'xstate.raise') {
    const { id, delay, event } = action.params as { id: string; delay?: number; event: ActorEvent }
    // Without a delay XState has already processed it within the same macrostep.
    if (delay !== undefined) timers.push({ timer: 'start', id, delayMs: delay, event })
  } else if (action.type === 'xstate.cancel') {
    timers.push({ timer: 'cancel', id: (action.params as { sendId: string }).sendId })
  } else if (Array.isArray(action.params)) {
    for (const instruction of action.params) instructions.push(instruction as Instruction)
  }
}

/** At birth XState passes its own init event: charts see it as `SPAWNED`, stamped like every other. */
function given(event: { readonly type: string; readonly input?: { readonly at: Stamp } }): never {
  return (event.type === 'xstate.init' ? { type: 'SPAWNED', at: event.input?.at } : event) as never
}

interface Args {
  readonly context: never
  readonly event: never
}

function compile(chart: AnyChart): AnyStateMachine {
  const guards: Record<string, (args: Args, params: unknown) => boolean> = {}
  for (const [name, guard] of Object.entries(chart.guards)) {
    guards[name] = ({ context, event }, params) => guard(context, given(event), (params ?? {}) as never)
  }
  const actions: Record<string, unknown> = {}
  for (const [name, update] of Object.entries(chart.updates)) {
    actions[name] = assign(((args: Args, params: unknown) =>
      update(args.context, given(args.event), (params ?? {}) as never)) as never)
  }
  const delays: Record<string, unknown> = {}
  for (const [name, delay] of Object.entries(chart.delays ?? {})) {
    delays[name] = ({ context }: Args) => delay(context)
  }
  const config = {
    ...compileState(chart, chart.config),
    id: chart.name.replaceAll('.', '-'),
    context: ({ input }: { input: { input: CborValue; at: Stamp; self: Address } }) =>
      chart.initialContext(input.input, input.at, input.self),
  }
  return createMachine(config as never, { guards, actions, delays } as never) as AnyStateMachine
}

/** Replaces the name of each instruction by an action whose parameters are what the instruction computes. */
function compileState(chart: AnyChart, state: StateConfig): Record<string, unknown> {
  const compiled: Record<string, unknown> = { ...state }
  if (state.entry !== undefined) compiled['entry'] = compileActions(chart, state.entry)
  if (state.exit !== undefined) compiled['exit'] = compileActions(chart, state.exit)
  if (state.always !== undefined) compiled['always'] = compileTransitions(chart, state.always)
  for (const field of ['on', 'after'] as const) {
    const table = state[field]
    if (table === undefined) continue
    compiled[field] = mapValues(table, transitions => compileTransitions(chart, transitions))
  }
  if (state.states !== undefined)
    compiled['states'] = mapValues(state.states, child => compileState(chart, child))
  return compiled
}

function compileTransitions(chart: AnyChart, transitions: NonNullable<StateConfig['always']>): unknown {
  if (typeof transitions === 'string') return transitions
  if (Array.isArray(transitions)) return transitions.map(one => compileTransitions(chart, one))
  const one = transitions as { readonly actions?: NamedRef | readonly NamedRef[]; readonly guard?: NamedRef }
  if (one.guard !== undefined) mustKnow(chart, chart.guards, one.guard, 'guard')
  return one.actions === undefined ? one : { ...one, actions: compileActions(chart, one.actions) }
}

function compileActions(chart: AnyChart, refs: NamedRef | readonly NamedRef[]): unknown[] {
  return (Array.isArray(refs) ? refs : [refs]).map((ref: NamedRef) => {
    const { type, params } = typeof ref === 'string' ? { type: ref, params: undefined } : ref
    const instruct = chart.instructions[type]
    if (instruct === undefined) {
      mustKnow(chart, chart.updates, ref, 'action')
      return params === undefined ? { type } : { type, params }
    }
    return {
      type: `${INSTRUCT}${type}`,
      params: ({ context, event }: Args) => {
        const result = instruct(context, given(event), (params ?? {}) as never)
        return Array.isArray(result) ? result : [result]
      },
    }
  })
}

function mustKnow(chart: AnyChart, table: object, ref: NamedRef, what: string): void {
  const name = typeof ref === 'string' ? ref : ref.type
  if (!Object.hasOwn(table, name))
    throw new TypeError(`chart ${chart.name} names the unknown ${what} ${name}`)
}

function mapValues<In, Out>(
  table: Readonly<Record<string, In>>,
  map: (value: In) => Out,
): Record<string, Out> {
  return Object.fromEntries(Object.entries(table).map(([key, value]) => [key, map(value)]))
}
