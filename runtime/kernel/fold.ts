import type { Address } from '../../actors/vocabulary/address.ts'
import { kindOf } from '../../actors/vocabulary/address.ts'
import type { CborValue } from '../../actors/vocabulary/canonical/cbor-value.ts'
import type { ActorEvent, Instruction, Refusal, Stamp } from '../../actors/vocabulary/instruction.ts'
import { type ActorRecord, type Deadline, isDone, valueOf } from './actor-record.ts'
import type { ChartRegistry } from './chart-registry.ts'
import { Draft } from './draft.ts'
import { type FoldRules, foldRulesOf } from './fold-version.ts'
import type { Audit, Folded, Input, Output, Reply, Route } from './input.ts'
import type { Position, StateView } from './kernel-state.ts'
import type { Step } from './machine.ts'

/** Effects that may wait in the outbox. */
export const OUTBOX_MAX = 10_000

export interface FoldContext {
  readonly charts: ChartRegistry
  readonly routes: Readonly<Record<string, Route>>
}

/**
 * Folds one input to quiescence on top of `below`. Pure: same state, input and stamp give the same changes, reply and
 * outputs. A throw, or more than `messagesMax` messages, discards every change of this input and gives the refusal
 * `KONOR_KERNEL_INPUT_FAULTED` that its sender receives; the records before and after it are not harmed.
 */
export function foldInput(
  context: FoldContext,
  below: Draft,
  input: Input,
  at: Stamp,
  position: Position,
): Folded {
  const draft = new Draft(below)
  const fold = new Fold(context, draft, at, position)
  try {
    const folded = fold.run(input)
    draft.mergeInto(below)
    return folded
  } catch (thrown) {
    // The thrown text may name engine internals that differ between Node versions: it must not enter the state.
    const where = fold.where
    const data = { route: input.route, actor: where.address, event: where.event, runaway: thrown === RUNAWAY }
    const message = `the input ${input.route} faulted at ${where.address || 'its route'} on ${where.event || 'entry'}`
    const reply: Reply = {
      ok: false,
      refusal: { code: 'KONOR_KERNEL_INPUT_FAULTED', message, details: data },
    }
    const faulted: Output = { type: 'input.faulted', address: 'kernel/fold' as Address, data }
    return { reply, outputs: [...fold.auditOfFault(input, reply), faulted] }
  }
}

const RUNAWAY = new Error('more internal messages than one input may cause')
const NOT_HANDLED: Reply = { ok: true, body: null }

interface Message {
  readonly to: Address
  readonly event: ActorEvent
}

class Fold {
  readonly #context: FoldContext
  readonly #draft: Draft
  readonly #at: Stamp
  readonly #position: Position
  readonly #rules: FoldRules
  readonly #queue: Message[] = []
  readonly #outputs: Output[] = []
  #reply: Reply | undefined
  #audit: Audit | undefined
  #refusedByRoute: Refusal | undefined
  #messages = 0
  /** What was being done, for the report of a fault. */
  where = { address: '', event: '' }

  constructor(context: FoldContext, draft: Draft, at: Stamp, position: Position) {
    this.#context = context
    this.#draft = draft
    this.#at = at
    this.#position = position
    this.#rules = foldRulesOf(position.foldVersion)
  }

  run(input: Input): Folded {
    const route = this.#context.routes[input.route]
    if (route === undefined) throw new TypeError(`no route ${input.route}`)
    const routed = route(this.#draft, input, this.#at, this.#position)
    this.#audit = routed.audit
    if ('refuse' in routed) {
      this.#refusedByRoute = routed.refuse
      return this.#told(input, { ok: false, refusal: routed.refuse })
    }
    if (routed.reply !== undefined) this.#reply = { ok: true, body: routed.reply }
    this.#carryOut('router' as Address, routed.instructions)
    this.#drain()
    return this.#told(input, this.#reply ?? NOT_HANDLED)
  }

  #told(input: Input, reply: Reply): Folded {
    return { reply, outputs: [...this.#auditOf(input, reply), ...this.#outputs] }
  }

  /** The audit entry of the input, where its route asked for one: what came of it stands before all that it caused. */
  #auditOf(input: Input, reply: Reply): readonly Output[] {
    if (this.#audit === undefined) return []
    const { action, resource, detail } = this.#audit
    const refusal = this.#rules.auditTells === 'route' ? this.#refusedByRoute : refusalIn(reply)
    const outcome =
      refusal === undefined ? { outcome: 'accepted' } : { outcome: 'refused', code: refusal.code }
    const trace = input.trace === undefined ? {} : { trace: input.trace }
    const data = { actor: input.by, action, resource, ...outcome, ...trace, detail }
    return [{ type: 'audit', address: resource as Address, data }]
  }

  auditOfFault(input: Input, reply: Reply): readonly Output[] {
    return this.#rules.auditTells === 'route' ? [] : this.#auditOf(input, reply)
  }

  #drain(): void {
    // The queue grows while it is walked: messages are delivered in the order they were sent, to quiescence.
    for (const message of this.#queue) {
      if (++this.#messages > this.#rules.messagesMax) throw RUNAWAY
      this.#deliver(message)
    }
  }

  #deliver({ to, event }: Message): void {
    const record = this.#draft.get(to)
    this.where = { address: to, event: event.type }
    // Nobody there, or ended: a message to the past. Level-triggered state makes that harmless.
    if (record === undefined) return this.#unheard(to, event, 'not-found')
    const step = record.machine.step(record.snapshot, event, this.#at)
    if (!step.handled) return this.#unheard(to, event, isDone(record) ? 'ended' : stateText(valueOf(record)))
    this.#settle(record.address, record.machine, step, record.deadlines)
  }

  /** Somebody waits for an answer to a command and the chart has none: its state is the answer. */
  #unheard(to: Address, event: ActorEvent, state: string): void {
    if (event['expectsReply'] !== true || this.#reply !== undefined) return
    const missing = state === 'not-found'
    this.#reply = {
      ok: false,
      refusal: {
        code: missing ? 'KONOR_ENGINE_NOT_FOUND' : 'KONOR_ENGINE_NOT_POSSIBLE',
        message: missing
          ? `there is no ${to}`
          : `${to} is ${state}: ${event.type.toLowerCase().replaceAll('_', ' ')} is not possible there`,
        details: { address: to, state, event: event.type },
      },
    }
  }

  #settle(
    address: Address,
    machine: ActorRecord['machine'],
    step: Step,
    before: ActorRecord['deadlines'],
  ): void {
    const record: ActorRecord = {
      address,
      machine,
      snapshot: step.snapshot,
      deadlines: step.snapshot.status === 'done' ? {} : this.#deadlinesAfter(before, step),
      changedSeq: this.#at.seq,
    }
    if (!isDone(record)) this.#draft.set(record)
    else if (machine.chart.retain === undefined) this.#draft.delete(address)
    else this.#draft.keepEnded(record, machine.chart.retain)
    this.#carryOut(address, step.instructions)
  }

  #deadlinesAfter(before: ActorRecord['deadlines'], step: Step): ActorRecord['deadlines'] {
    if (step.timers.length === 0) return before
    const after: Record<string, Deadline> = { ...before }
    for (const change of step.timers) {
      if (change.timer === 'cancel') delete after[change.id]
      else after[change.id] = { dueMs: this.#at.timeMs + change.delayMs, event: change.event }
    }
    return after
  }

  #carryOut(from: Address, instructions: readonly Instruction[]): void {
    for (const instruction of instructions) {
      switch (instruction.do) {
        case 'tell':
          this.#queue.push(instruction)
          break
        case 'spawn':
          this.#spawn(instruction.address, instruction.input, instruction.chart)
          break
        case 'stop':
          this.#draft.delete(instruction.address)
          break
        case 'stop-below':
          for (const record of this.#draft.listBelow(instruction.prefix)) this.#draft.delete(record.address)
          break
        case 'reply':
          this.#reply ??= { ok: true, body: instruction.body }
          break
        case 'refuse':
          this.#reply ??= { ok: false, refusal: instruction.refusal }
          break
        case 'emit':
          this.#outputs.push({ type: instruction.event, address: from, data: instruction.data })
          break
        case 'effect':
          this.#enqueueEffect(from, instruction.key, instruction.kind, instruction.data)
          break
        case 'effect-done':
          this.#draft.deleteEffect(instruction.key)
          break
        case 'fire':
          this.#fire(instruction.address, instruction.timer)
          break
      }
    }
  }

  #spawn(address: Address, input: CborValue, chart: string | undefined): void {
    const existing = this.#draft.get(address)
    if (existing !== undefined) {
      if (!isDone(existing)) throw new TypeError(`${address} lives already`)
      this.#draft.forgetEnded(address)
    }
    this.where = { address, event: 'spawn' }
    if (++this.#messages > this.#rules.messagesMax) throw RUNAWAY
    const machine = this.#context.charts.machineOf(chart ?? this.#bornWith(address))
    this.#settle(address, machine, machine.start(input, this.#at, address), {})
  }

  #bornWith(address: Address): string {
    return this.#context.charts.newestOf(kindOf(address), this.#position.foldVersion)
  }

  /** A deadline fires once, also when no guard of its `after` holds: it must not wait in the state for ever. */
  #fire(address: Address, timer: string): void {
    const record = this.#draft.get(address)
    const deadline = record?.deadlines[timer]
    if (record === undefined || deadline === undefined) return
    const { [timer]: _, ...deadlines } = record.deadlines
    this.#draft.set({ ...record, deadlines, changedSeq: this.#at.seq })
    this.#queue.push({ to: address, event: deadline.event })
  }

  #enqueueEffect(from: Address, key: string, kind: string, data: CborValue): void {
    if (this.#draft.effect(key) !== undefined) return
    if (this.#draft.effectCount() >= OUTBOX_MAX) throw new RangeError('the outbox is full')
    this.#draft.setEffect({ key, kind, data, from, sinceSeq: this.#at.seq })
  }
}

function stateText(value: CborValue): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** The route by which a due deadline reaches its actor; a timer that was cancelled meanwhile is ignored. */
export const timerDueRoute: Route = (view, input, at) => {
  const { address, timer } = input.body as { address: Address; timer: string }
  const deadline = view.get(address)?.deadlines[timer]
  if (deadline === undefined || deadline.dueMs > at.timeMs) return { instructions: [] }
  return { instructions: [{ do: 'fire', address, timer }] }
}

/** The route by which an effect's result leaves the outbox and reaches who asked for it. */
export const effectDoneRoute: Route = (view: StateView, input) => {
  const { key, event } = input.body as unknown as { key: string; event: ActorEvent }
  const effect = view.effect(key)
  if (effect === undefined) return { instructions: [] }
  return {
    instructions: [
      { do: 'effect-done', key },
      { do: 'tell', to: effect.from, event: { ...event, effectKey: key } },
    ],
  }
}

function refusalIn(reply: Reply): Refusal | undefined {
  return reply.ok ? undefined : reply.refusal
}
