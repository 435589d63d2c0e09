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
  readonly actors = new Map<Address, ActorRecord>()
  effects: ReadonlyMap<string, Effect> = new Map()
  readonly ended = new Map<string, readonly Address[]>()

  /** Those of a kind, in the order of their addresses. */
  ofKind(kind: string): readonly ActorRecord[] {
    const prefix = `${kind}/`
    return [...this.actors]
      .filter(([address]) => address.startsWith(prefix))
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([, record]) => record)
  }

  note({ after, changed }: Pick<FoldedInput, 'after' | 'changed'>): void {
    for (const address of changed) {
      const record = after.get(address)
      if (record === undefined) this.actors.delete(address)
      else this.actors.set(address, record)
    }
    for (const kind of kindsOf(changed)) this.ended.set(kind, after.ended(kind))
    this.effects = new Map(after.effects())
  }
}

export function kindsOf(addresses: readonly string[]): ReadonlySet<string> {
  return new Set(addresses.map(address => address.slice(0, address.indexOf('/'))))
}
