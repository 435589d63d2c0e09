import type { Address } from '../../actors/vocabulary/address.ts'
import { kindOf } from '../../actors/vocabulary/address.ts'
import type { CborValue } from '../../actors/vocabulary/canonical/cbor-value.ts'
import type { ActorRecord } from './actor-record.ts'

/** An effect that the host owes the world: kept until its result is an input. */
export interface Effect {
  readonly key: string
  readonly kind: string
  readonly data: CborValue
  /** Who asked: its result goes there. */
  readonly from: Address
  readonly sinceSeq: number
}

/** Reads of the state; what routers decide on. */
export interface StateView {
  get(address: Address): ActorRecord | undefined
  /** All actors of a kind, in the order of their addresses. */
  list(kind: string): readonly ActorRecord[]
  /** The actors whose address starts with `KIND/PREFIX/`, in address order. */
  listBelow(prefix: string): readonly ActorRecord[]
  /** How many actors of a kind there are, ended ones that are still readable included. */
  count(kind: string): number
  effects(): ReadonlyMap<string, Effect>
  /** The effect that waits under `key`. */
  effect(key: string): Effect | undefined
  effectCount(): number
  /** Ended actors of a kind that are still readable, oldest first: what `retain` counts. */
  ended(kind: string): readonly Address[]
}

/** Where a fold stands: the last record that was folded. */
export interface Position {
  readonly timeline: number
  readonly epoch: number
  readonly seq: number
  readonly timeMs: number
  readonly foldVersion: number
}

export const ZERO_POSITION: Position = { timeline: 1, epoch: 0, seq: 0, timeMs: 0, foldVersion: 0 }

/** The whole state: actors, outbox, ended actors still readable, and the position. */
export class KernelState implements StateView {
  position: Position = ZERO_POSITION
  readonly #kinds = new Map<string, Map<Address, ActorRecord>>()
  /** Addresses of a kind in order, until one is added or removed: replacing a record does not sort again. */
  readonly #sorted = new Map<string, readonly Address[]>()
  readonly #effects = new Map<string, Effect>()
  readonly #ended = new Map<string, readonly Address[]>()

  get(address: Address): ActorRecord | undefined {
    return this.#kinds.get(kindOf(address))?.get(address)
  }

  list(kind: string): readonly ActorRecord[] {
    const actors = this.#kinds.get(kind)
    return actors === undefined ? [] : this.#records(actors, this.#addresses(kind, actors))
  }

  listBelow(prefix: string): readonly ActorRecord[] {
    const kind = kindOf(prefix as Address)
    const actors = this.#kinds.get(kind)
    if (actors === undefined) return []
    const all = this.#addresses(kind, actors)
    const from = lowerBound(all, prefix)
    let to = from
    while (to < all.length && all[to]?.startsWith(prefix)) to++
    return this.#records(actors, all.slice(from, to))
  }

  #addresses(kind: string, actors: ReadonlyMap<Address, ActorRecord>): readonly Address[] {
    let sorted = this.#sorted.get(kind)
    if (sorted === undefined) {
      sorted = [...actors.keys()].sort()
      this.#sorted.set(kind, sorted)
    }
    return sorted
  }

  #records(actors: ReadonlyMap<Address, ActorRecord>, addresses: readonly Address[]): ActorRecord[] {
    const records: ActorRecord[] = []
    for (const address of addresses) {
      const record = actors.get(address)
      if (record !== undefined) records.push(record)
    }
    return records
  }

  count(kind: string): number {
    return this.#kinds.get(kind)?.size ?? 0
  }

  effects(): ReadonlyMap<string, Effect> {
    return this.#effects
  }

  effect(key: string): Effect | undefined {
    return this.#effects.get(key)
  }

  effectCount(): number {
    return this.#effects.size
  }

  set(record: ActorRecord): void {
    const kind = kindOf(record.address)
    let actors = this.#kinds.get(kind)
    if (actors === undefined) {
      actors = new Map()
      this.#kinds.set(kind, actors)
    }
    if (!actors.has(record.address)) this.#sorted.delete(kind)
    actors.set(record.address, record)
  }

  delete(address: Address): void {
    const kind = kindOf(address)
    if (this.#kinds.get(kind)?.delete(address) === true) this.#sorted.delete(kind)
  }

  setEffect(effect: Effect): void {
    this.#effects.set(effect.key, effect)
  }

  deleteEffect(key: string): void {
    this.#effects.delete(key)
  }

  ended(kind: string): readonly Address[] {
    return this.#ended.get(kind) ?? []
  }

  setEnded(kind: string, addresses: readonly Address[]): void {
    this.#ended.set(kind, addresses)
  }

  *actors(): Iterable<ActorRecord> {
    for (const kind of [...this.#kinds.keys()].sort()) yield* this.list(kind)
  }

  /** Every kind with ended actors, for the state's bytes. */
  allEnded(): Readonly<Record<string, readonly Address[]>> {
    return Object.fromEntries([...this.#ended].filter(([, addresses]) => addresses.length > 0))
  }
}

function lowerBound(addresses: readonly Address[], prefix: string): number {
  let low = 0
  let high = addresses.length
  while (low < high) {
    const middle = (low + high) >>> 1
    const address = addresses[middle]
    if (address !== undefined && address < prefix) low = middle + 1
    else high = middle
  }
  return low
}
