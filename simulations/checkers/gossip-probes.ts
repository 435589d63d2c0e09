import type { MemberEvent } from '../../runtime/gossip/core/events.ts'
import type { GossipStep } from '../cluster/gossip-tape.ts'
import { type GossipGround, keyOf, type Life } from './gossip-ground.ts'
import type { GossipModel } from './gossip-model.ts'
import type { GossipPromise } from './gossip-promises.ts'

/** A question that may become an accusation. */
interface Probe {
  readonly seq: number
  /** Lives that were believed to be where the question went: a machine set up anew has another id there. */
  readonly asked: readonly Life[]
  /** Known when help is called. */
  target: string
  readonly atMs: number
  /** Others that were alive when help was called, and how many were asked for it. */
  helpersWanted: number
  helpersAsked: number
  nacks: number
  isStreamRefused: boolean
  readonly answered: Set<string>
}

/** Clocks are read in whole steps. */
const ROUNDING_MS = 2

/** Promise 10, of one member: it accuses nobody whom it has not tried in every way, for as long as was promised. */
export class GossipProbes {
  readonly #ground: GossipGround
  readonly #model: GossipModel
  readonly #promise: GossipPromise
  readonly #probes = new Map<number, Probe>()

  constructor(ground: GossipGround, model: GossipModel, promise: GossipPromise) {
    this.#ground = ground
    this.#model = model
    this.#promise = promise
  }

  /** What was not tried. Call it before the model takes the step. */
  take(step: GossipStep): string[] {
    this.#hear(step)
    const wrong = this.#judge(step)
    this.#note(step)
    return wrong
  }

  #hear({ input }: GossipStep): void {
    if (input.kind === 'stream-probed') {
      const probe = this.#probes.get(input.seq)
      if (probe !== undefined && input.answeredBy?.id === probe.target) probe.answered.add(probe.target)
      else if (probe !== undefined) probe.isStreamRefused = true
    }
    if (input.kind !== 'message') return
    const { from, message } = input
    const probe = 'seq' in message ? this.#probes.get(message.seq) : undefined
    if (probe === undefined) return
    if (message.kind === 'nack') probe.nacks++
    if (message.kind === 'ack' && probe.asked.some(({ id }) => id === (message.subject?.id ?? from.id)))
      probe.answered.add(message.subject?.id ?? from.id)
  }

  /** Of its own accusation alone: what others saw is their affair. */
  #judge(step: GossipStep): string[] {
    const { observer, changes, events } = step
    return changes.flatMap(({ id, after }) => {
      if (after === undefined || id === observer.id || !accuses(after, observer.id)) return []
      // It may hear from others what it said itself before it was started again.
      if (this.#ground.hasAccused(observer.id, after)) return []
      const isProbed = events.some(event => isFailure(event, id))
      const probe = [...this.#probes.values()].findLast(one => one.target === id)
      if (!isProbed || probe === undefined) return [`accuses ${keyOf(after)} without having tried every way`]
      return this.#faults(step, probe, after).map(what => `accuses ${keyOf(after)} ${what}`)
    })
  }

  #faults({ input }: GossipStep, probe: Probe, life: Life): string[] {
    const { periodMs, tail, helpers } = this.#promise
    const wrong: string[] = []
    if (probe.answered.has(life.id)) wrong.push('which answered')
    const asked = probe.asked.find(({ id }) => id === life.id)
    if (asked === undefined || keyOf(asked) !== keyOf(life))
      wrong.push(`having asked ${asked && keyOf(asked)}`)
    if (probe.helpersAsked < Math.min(helpers, probe.helpersWanted))
      wrong.push(`with ${probe.helpersAsked} helpers of ${probe.helpersWanted}`)
    const isHopeless = probe.isStreamRefused && probe.helpersAsked > 0 && probe.nacks >= probe.helpersAsked
    const waitedMs = input.nowMs - probe.atMs
    if (!isHopeless && waitedMs + ROUNDING_MS < tail * periodMs)
      wrong.push(`after ${Math.round(waitedMs)} ms: ${tail * periodMs} were promised`)
    return wrong
  }

  #note({ observer, input, outputs }: GossipStep): void {
    for (const output of outputs) {
      if (output.kind === 'stream-probe') {
        const probe = this.#probes.get(output.seq)
        if (probe === undefined) continue
        probe.target = output.targetId
        probe.helpersWanted = this.#helpersFor(observer.id, output.targetId)
      } else if (output.message.kind === 'ping') this.#begin(input.nowMs, output.to, output.message.seq)
      else if (output.message.kind === 'ping-request') {
        const probe = this.#probes.get(output.message.seq)
        if (probe !== undefined) probe.helpersAsked++
      }
    }
  }

  #begin(atMs: number, to: string, seq: number): void {
    const asked = [...this.#model.held.values()].filter(({ address }) => address === to)
    this.#probes.set(seq, { seq, asked, atMs, ...UNTRIED, answered: new Set() })
  }

  #helpersFor(self: string, target: string): number {
    return [...this.#model.held.values()].filter(
      ({ id, status }) => status === 'alive' && id !== self && id !== target,
    ).length
  }
}

const UNTRIED = {
  helpersWanted: 0,
  helpersAsked: 0,
  nacks: 0,
  target: '',
  isStreamRefused: false,
}

function accuses(record: { readonly accusers: readonly string[] }, id: string): boolean {
  return record.accusers.includes(id)
}

function isFailure(event: MemberEvent, id: string): boolean {
  return event.type === 'PROBE_ENDED' && event.id === id && event.reached === undefined
}
