import type { Address } from '../../actors/vocabulary/address.ts'
import type { CborValue } from '../../actors/vocabulary/canonical/cbor-value.ts'
import type { Stamp } from '../../actors/vocabulary/instruction.ts'
import type { ActorRecord } from '../../runtime/kernel/actor-record.ts'
import type { Output } from '../../runtime/kernel/input.ts'
import type { Effect, StateView } from '../../runtime/kernel/kernel-state.ts'

/** One input that was folded: what was there before, and what the fold made of it. */
export interface FoldedInput {
  readonly route: string
  readonly body: CborValue
  readonly at: Stamp
  readonly before: FoldLedger
  readonly after: StateView
  /** Addresses that the input wrote. */
  readonly changed: readonly Address[]
  readonly outputs: readonly Output[]
}

/**
 * A book of all actors, effects and ended actors, kept by whoever checks a fold: plain maps, fed with what each input
 * wrote. No list, count or order in it comes from the kernel.
 */
export class FoldLedger {
  readonly #actors = new Map<Address, ActorRecord>()
  /** Of each kind in the order of addresses, until one of it is written. */
  readonly #sorted = new Map<string, readonly ActorRecord[]>()
  effects: ReadonlyMap<string, Effect> = new Map()
  readonly ended = new Map<string, readonly Address[]>()

  get actors(): ReadonlyMap<Address, ActorRecord> {
    return this.#actors
  }

  /** Those of a kind, in the order of their addresses. */
  ofKind(kind: string): readonly ActorRecord[] {
    const known = this.#sorted.get(kind)
    if (known !== undefined) return known
    const prefix = `${kind}/`
    const found: ActorRecord[] = []
    for (const [address, record] of this.#actors) if (address.startsWith(prefix)) found.push(record)
    found.sort((a, b) => (a.address < b.address ? -1 : 1))
    this.#sorted.set(kind, found)
    return found
  }

  /** Begins again from a state that was read back. */
  reload(actors: Iterable<ActorRecord>, effects: ReadonlyMap<string, Effect>): void {
    this.#sorted.clear()
    this.#actors.clear()
    for (const record of actors) this.#actors.set(record.address, record)
    this.effects = new Map(effects)
  }

  note({ after, changed }: Pick<FoldedInput, 'after' | 'changed'>): void {
    for (const address of changed) {
      const record = after.get(address)
      if (record === undefined) this.#actors.delete(address)
      else this.#actors.set(address, record)
    }
    for (const kind of kindsOf(changed)) {
      this.#sorted.delete(kind)
      this.ended.set(kind, after.ended(kind))
    }
    this.effects = new Map(after.effects())
  }
}

export function kindsOf(addresses: readonly string[]): ReadonlySet<string> {
  return new Set(addresses.map(address => address.slice(0, address.indexOf('/'))))
}
