import type { CborValue } from '../../actors/vocabulary/canonical/cbor-value.ts'
import { type ActorRecord, valueOf } from '../kernel/actor-record.ts'

/**
 * The whole state of an actor as people read it: `rolling.paused` for a state within a state, and
 * `lifecycle.operating + liveness.alive` for states beside each other.
 */
export function actorState(record: ActorRecord): string {
  return paths(valueOf(record)).join(' + ')
}

function paths(value: CborValue): readonly string[] {
  if (typeof value === 'string') return [value]
  if (value === null || typeof value !== 'object') return ['']
  // In a fixed order: a state out of a checkpoint has its regions in another one.
  return Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([name, inner]) => paths(inner).map(path => (path === '' ? name : `${name}.${path}`)))
}
