import type { Address } from '../../actors/vocabulary/address.ts'
import { kindOf } from '../../actors/vocabulary/address.ts'
import type { ActorRecord } from './actor-record.ts'
import type { Effect, KernelState, StateView } from './kernel-state.ts'

/**
 * Changes on top of a base that is not touched: what a fold writes to. Drafts stack: one for the batch that is not
 * durable yet, one for the input that may still fault. Dropping a draft is the undo.
 */
export class Draft implements StateView {
  readonly #base: StateView
  readonly #actors = new Map<Address, ActorRecord | null>()
  readonly #effects = new Map<string, Effect | null>()
  readonly #ended = new Map<string, readonly Address[]>()

  constructor(base: StateView) {
    this.#base = base
  }

  get(address: Address): ActorRecord | undefined {
    const changed = this.#actors.get(address)
    return changed === undefined ? this.#base.get(address) : (changed ?? undefined)
  }

  list(kind: string): readonly ActorRecord[] {
    return this.#merge(this.#base.list(kind), address => kindOf(address) === kind)
  }

  listBelow(prefix: string): readonly ActorRecord[] {
    return this.#merge(this.#base.listBelow(prefix), address => address.startsWith(prefix))
  }

  count(kind: string): number {
    let count = this.#base.count(kind)
    for (const [address, record] of this.#actors) {
      if (kindOf(address) !== kind) continue
      count += Number(record !== null) - Number(this.#base.get(address) !== undefined)
    }
    return count
  }

  effects(): ReadonlyMap<string, Effect> {
    const merged = new Map(this.#base.effects())
    for (const [key, effect] of this.#effects) {
      if (effect === null) merged.delete(key)
      else merged.set(key, effect)
    }
    return merged
  }

  effectCount(): number {
    let count = this.#base.effectCount()
    for (const [key, effect] of this.#effects)
      count += Number(effect !== null) - Number(this.#base.effect(key) !== undefined)
    return count
  }

  effect(key: string): Effect | undefined {
    const changed = this.#effects.get(key)
    return changed === undefined ? this.#base.effect(key) : (changed ?? undefined)
  }

  set(record: ActorRecord): void {
    this.#actors.set(record.address, record)
  }

  ended(kind: string): readonly Address[] {
    return this.#ended.get(kind) ?? this.#base.ended(kind)
  }

  /** Keeps an ended actor readable and lets the oldest of its kind go, past `retain` of them. */
  keepEnded(record: ActorRecord, retain: number): void {
    this.set(record)
    const kind = kindOf(record.address)
    const kept = [...this.ended(kind), record.address]
    while (kept.length > retain) {
      const oldest = kept.shift()
      if (oldest !== undefined) this.delete(oldest)
    }
    this.#ended.set(kind, kept)
  }

  /** An ended actor lives again: it no longer counts as ended. */
  forgetEnded(address: Address): void {
    const kind = kindOf(address)
    this.#ended.set(
      kind,
      this.ended(kind).filter(other => other !== address),
    )
  }

  delete(address: Address): void {
    this.#actors.set(address, null)
  }

  setEffect(effect: Effect): void {
    this.#effects.set(effect.key, effect)
  }

  deleteEffect(key: string): void {
    this.#effects.set(key, null)
  }

  /** The addresses this draft wrote, in the order of their first write. */
  changed(): Iterable<Address> {
    return this.#actors.keys()
  }

  /** Moves every change into a draft below. */
  mergeInto(below: Draft): void {
    for (const [address, record] of this.#actors) {
      if (record === null) below.delete(address)
      else below.#actors.set(address, record)
    }
    for (const [kind, addresses] of this.#ended) below.#ended.set(kind, addresses)
    for (const [key, effect] of this.#effects) {
      if (effect === null) below.deleteEffect(key)
      else below.setEffect(effect)
    }
  }

  /** Makes every change part of the state. */
  applyTo(state: KernelState): void {
    for (const [address, record] of this.#actors) {
      if (record === null) state.delete(address)
      else state.set(record)
    }
    for (const [key, effect] of this.#effects) {
      if (effect === null) state.deleteEffect(key)
      else state.setEffect(effect)
    }
    for (const [kind, addresses] of this.#ended) state.setEnded(kind, addresses)
  }

  #merge(base: readonly ActorRecord[], mine: (address: Address) => boolean): readonly ActorRecord[] {
    if (this.#actors.size === 0) return base
    const merged = new Map(base.map(record => [record.address, record]))
    let differs = false
    for (const [address, record] of this.#actors) {
      if (!mine(address)) continue
      differs = true
      if (record === null) merged.delete(address)
      else merged.set(address, record)
    }
    if (!differs) return base
    return [...merged.values()].sort((a, b) => (a.address < b.address ? -1 : a.address > b.address ? 1 : 0))
  }
}
