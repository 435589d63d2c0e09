import type { Address } from '../../actors/vocabulary/address.ts'
import type { CborValue } from '../../actors/vocabulary/canonical/cbor-value.ts'
import { decodeCanonical } from '../../actors/vocabulary/canonical/decode-cbor.ts'
import { encodeCanonical } from '../../actors/vocabulary/canonical/encode-canonical.ts'
import { type Deadline, storedRecord } from './actor-record.ts'
import type { ChartRegistry } from './chart-registry.ts'
import { type Effect, KernelState, type Position } from './kernel-state.ts'
import { assertFoldVersion } from './fold-version.ts'

/**
 * The whole state as canonical CBOR. Its SHA-256 is the state hash of a checkpoint: two replicas that folded the same
 * records have the same bytes.
 */
export function encodeState(state: KernelState): Uint8Array {
  const effects = [...state.effects().values()].sort((a, b) => (a.key < b.key ? -1 : 1))
  return encodeCanonical({
    v: 1,
    position: { ...state.position },
    actors: [...state.actors()].map(storedRecord),
    effects: effects.map(effect => ({ ...effect })),
    ended: state.allEnded(),
  })
}

type StoredActor = readonly [Address, string, CborValue, CborValue, boolean, Record<string, Deadline>, number]

/**
 * The state that `encodeState` gave. The caller has checked the bytes against the hash in the chain. Refuses
 * (`KONOR_KERNEL_FOLD_VERSION`) what a newer program folded.
 */
export function decodeState(bytes: Uint8Array, charts: ChartRegistry): KernelState {
  const stored = decodeCanonical(bytes) as unknown as {
    position: Position
    actors: StoredActor[]
    effects: Effect[]
    ended: Record<string, Address[]>
  }
  assertFoldVersion(stored.position.foldVersion, `the state at ${stored.position.seq}`)
  const state = new KernelState()
  state.position = stored.position
  for (const [address, chart, value, context, done, deadlines, changedSeq] of stored.actors) {
    const machine = charts.machineOf(chart)
    state.set({
      address,
      machine,
      snapshot: machine.restore({ value, context, done }),
      deadlines,
      changedSeq,
    })
  }
  for (const effect of stored.effects) state.setEffect(effect)
  for (const [kind, addresses] of Object.entries(stored.ended)) state.setEnded(kind, addresses)
  return state
}
