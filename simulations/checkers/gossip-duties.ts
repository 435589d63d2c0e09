import type { Message } from '../../runtime/gossip/core/messages.ts'
import type { GossipStep } from '../cluster/gossip-tape.ts'
import { keyOf, type Life, updatesIn } from './gossip-ground.ts'
import type { GossipModel } from './gossip-model.ts'
import type { GossipPromise } from './gossip-promises.ts'

/** Rounds after which what is new must have been told to somebody. */
const ROUNDS_TO_TELL = 4

interface Helped {
  readonly to: string
  readonly seq: number
  readonly target: string
  readonly atMs: number
  isNacked: boolean
}

/** What one member owes others: an answer to who asks, help to who needs it, an objection, and its news. */
export class GossipDuties {
  readonly #model: GossipModel
  readonly #promise: GossipPromise
  /** By the number of its own ping. */
  readonly #helping = new Map<number, Helped>()
  /** What is new and was told to nobody yet, by whom it is about. */
  readonly #untold = new Map<string, Life & { readonly sinceMs: number }>()
  #incarnation = 0
  #listenedMs = 0
  #isRunning = true

  constructor(model: GossipModel, promise: GossipPromise) {
    this.#model = model
    this.#promise = promise
  }

  /** What it owed and did not give. Call it before the model takes the step. */
  take(step: GossipStep): string[] {
    const { input, events, incarnation } = step
    if (input.kind === 'leave') this.#isRunning = false
    if (events.some(({ type }) => type === 'SELF_STALLED') || input.kind === 'suspended')
      this.#helping.clear()
    const wrong = this.#isRunning
      ? [...this.#answers(step), ...this.#objections(step), ...this.#nacks(step), ...this.#telling(step)]
      : []
    this.#incarnation = incarnation
    return wrong
  }

  #answers(step: GossipStep): string[] {
    const { observer, input } = step
    if (input.kind !== 'message' || input.from.id === observer.id) return []
    const { from, message } = input
    if (message.kind === 'ping')
      return says(step, from.address, ack => ack.kind === 'ack' && ack.seq === message.seq)
        ? []
        : [`does not answer the ping of ${from.id}`]
    if (message.kind === 'ping-request') return this.#help(step, from, message)
    return message.kind === 'ack' && message.subject === undefined
      ? this.#relay(step, from.id, message.seq)
      : []
  }

  #help(
    { outputs, input, changes }: GossipStep,
    from: { readonly id: string; readonly address: string },
    { seq, targetId }: { readonly seq: number; readonly targetId: string },
  ): string[] {
    // Who asks for help may say where the target is now, and that counts already.
    const target = changes.find(({ id }) => id === targetId)?.after ?? this.#model.held.get(targetId)
    if (target?.status !== 'alive' && target?.status !== 'suspect') return []
    for (const output of outputs)
      if (output.kind === 'datagram' && output.message.kind === 'ping' && output.to === target.address) {
        const helped = { to: from.address, seq, target: targetId, atMs: input.nowMs, isNacked: false }
        this.#helping.set(output.message.seq, helped)
        return []
      }
    return [`does not help ${from.id} to reach ${targetId}`]
  }

  #relay(step: GossipStep, from: string, seq: number): string[] {
    const helped = this.#helping.get(seq)
    if (helped?.target !== from) return []
    this.#helping.delete(seq)
    if (step.input.nowMs - helped.atMs > this.#promise.periodMs) return []
    const isRelayed = says(
      step,
      helped.to,
      ack => ack.kind === 'ack' && ack.seq === helped.seq && ack.subject?.id === from,
    )
    return isRelayed ? [] : [`does not pass on the answer of ${from}`]
  }

  /** Who waits for help hears that there is none, while that still says something. */
  #nacks(step: GossipStep): string[] {
    const { input } = step
    if (input.kind !== 'tick') return []
    return [...this.#helping].flatMap(([own, helped]) => {
      const { to, seq, target, atMs, isNacked } = helped
      const waitedMs = input.nowMs - atMs
      if (says(step, to, nack => nack.kind === 'nack' && nack.seq === seq)) helped.isNacked = true
      else if (!isNacked && waitedMs > this.#promise.directMs && waitedMs < this.#promise.periodMs) {
        this.#helping.delete(own)
        return [`does not say that ${target} is silent`]
      }
      return []
    })
  }

  #objections({ observer, input, incarnation }: GossipStep): string[] {
    if (input.kind !== 'message') return []
    return updatesIn(input.message).flatMap(update => {
      const { id, epoch, state } = update
      const isAccusation = state === 'suspect' || state === 'dead'
      if (!isAccusation || id !== observer.id || epoch !== observer.epoch) return []
      // Of a life that it has not begun nobody who knows it believes anything.
      if (update.incarnation !== this.#incarnation || incarnation > update.incarnation) return []
      return [`is called ${state} in life ${keyOf(update)}, and begins no later one`]
    })
  }

  #telling(step: GossipStep): string[] {
    const { observer, input, outputs, changes } = step
    for (const { id, before, after } of changes) {
      const isNews =
        after !== undefined && (before?.status !== after.status || keyOf(before) !== keyOf(after))
      // Who was asked whether it is back, and is not, was known to be gone before.
      const isTold =
        after?.status !== 'candidate' &&
        before?.status !== 'candidate' &&
        (after?.status !== 'alive' || after.signature !== undefined)
      // Whom it meets, it answers: of itself it need not speak as news until it changes.
      const isFirst = id === observer.id && before === undefined
      if (!isNews || !isTold || isFirst) continue
      const { epoch, incarnation } = after
      this.#untold.set(id, { id, epoch, incarnation, sinceMs: input.nowMs })
    }
    for (const output of outputs)
      for (const update of output.kind === 'stream-probe' ? [] : updatesIn(output.message)) {
        const untold = this.#untold.get(update.id)
        if (untold !== undefined && isAtLeast(update, untold)) this.#untold.delete(update.id)
      }
    // While nobody is there, nobody can be told.
    if (this.#model.others === 0) this.#listenedMs = input.nowMs
    if (input.kind !== 'tick' || input.loopLagMs > 0) return []
    const dueMs = input.nowMs - ROUNDS_TO_TELL * this.#promise.roundMs
    const late = [...this.#untold.values()].filter(
      ({ sinceMs }) => Math.max(sinceMs, this.#listenedMs) < dueMs,
    )
    for (const { id } of late) this.#untold.delete(id)
    return late.map(
      life => `keeps to itself what it learnt of ${life.id === observer.id ? 'itself' : keyOf(life)}`,
    )
  }
}

function isAtLeast(a: Omit<Life, 'id'>, b: Omit<Life, 'id'>): boolean {
  return (a.epoch - b.epoch || a.incarnation - b.incarnation) >= 0
}

function says({ outputs }: GossipStep, to: string, is: (message: Message) => boolean): boolean {
  return outputs.some(output => output.kind === 'datagram' && output.to === to && is(output.message))
}
