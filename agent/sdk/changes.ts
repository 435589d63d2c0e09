import { isDeepStrictEqual } from 'node:util'
import type { CborValue } from '../../actors/vocabulary/canonical/cbor-value.ts'
import type { Snapshot } from './snapshot.ts'

/** What became of one key. `previous` is absent for an added key, `next` for a removed one. */
export interface KeyChange {
  readonly key: string
  readonly kind: 'added' | 'changed' | 'removed'
  readonly previous?: CborValue
  readonly next?: CborValue
}

/** What a listener is told. `changes` holds the keys that differ, sorted; it may be empty. */
export interface Change {
  readonly previous: Snapshot
  readonly next: Snapshot
  readonly changes: readonly KeyChange[]
}

/** The change from one snapshot to another. */
export function changeBetween(previous: Snapshot, next: Snapshot): Change {
  return Object.freeze({ previous, next, changes: Object.freeze(keyChanges(previous.values, next.values)) })
}

function keyChanges(previous: Snapshot['values'], next: Snapshot['values']): KeyChange[] {
  const changes: KeyChange[] = []
  for (const [key, value] of Object.entries(next)) {
    const before = previous[key]
    if (before === undefined) changes.push({ key, kind: 'added', next: value })
    else if (!isDeepStrictEqual(before, value))
      changes.push({ key, kind: 'changed', previous: before, next: value })
  }
  for (const [key, value] of Object.entries(previous)) {
    if (next[key] === undefined) changes.push({ key, kind: 'removed', previous: value })
  }
  return changes.sort((a, b) => (a.key < b.key ? -1 : 1))
}
