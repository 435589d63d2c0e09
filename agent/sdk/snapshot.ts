import type { CborValue } from '../../actors/vocabulary/canonical/cbor-value.ts'
import { digestOf } from '../../actors/vocabulary/canonical/digest.ts'

/** Everything a group holds at one moment. Never modified: a change makes a new one. */
export interface Snapshot {
  readonly group: string
  /** The group's revision; 0 before the first. */
  readonly revision: number
  /** SHA-256 of the bundle, 64 hexadecimal digits. */
  readonly digest: string
  /** Rises with everything this node serves for the group, a rollback or a local fallback too. */
  readonly activation: number
  /** True while the agent is away, or while it serves something else than what the group committed. */
  readonly stale: boolean
  /** Key to value, frozen to its depths. */
  readonly values: Readonly<Record<string, CborValue>>
}

/** What a process holds that has not met its agent yet. */
export function emptySnapshot(group: string): Snapshot {
  return Object.freeze({
    group,
    revision: 0,
    digest: digestOf({}),
    activation: 0,
    stale: true,
    values: Object.freeze({}),
  })
}

/** A snapshot that nobody can modify, not even in the depths of a value. */
export function frozenSnapshot(snapshot: Snapshot): Snapshot {
  deepFreeze(snapshot.values)
  return Object.freeze(snapshot)
}

function deepFreeze(value: CborValue): void {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value) || Object.isFrozen(value))
    return
  Object.freeze(value)
  for (const item of Object.values(value)) deepFreeze(item as CborValue)
}
