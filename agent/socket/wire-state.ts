import type { CborValue } from '../../actors/vocabulary/canonical/cbor-value.ts'
import type { GroupEvent, ServedState } from '../groups/group-service.ts'
import { encodeCanonical } from '../../actors/vocabulary/canonical/encode-canonical.ts'
import { appendToCborMap } from './raw-cbor.ts'
import type { ServedGeneration } from './served-states.ts'
import { INLINE_VALUES_MAX_BYTES } from './socket-limits.ts'

/** STATE of the protocol without `values`. */
export function wireState(state: ServedState, owesAck: boolean): Record<string, CborValue> {
  return {
    revision: state.revision,
    digest: state.digest,
    activation: state.activation,
    size: state.sizeBytes,
    stale: state.stale,
    ...(state.sinceMs === undefined ? {} : { since: Math.floor(state.sinceMs) }),
    owesAck,
  }
}

/** A map that holds a STATE, encoded, with `values` where the bundle is small enough. */
export function encodeWithValues(
  fields: Record<string, CborValue>,
  generation: ServedGeneration | undefined,
): Uint8Array {
  const encoded = encodeCanonical(fields)
  if (generation === undefined || generation.bundle.length > INLINE_VALUES_MAX_BYTES) return encoded
  return appendToCborMap(encoded, 'values', generation.bundle)
}

/** The body of a push. `generation` is the one that a `prepare` or `change` announces. */
export function encodeEvent(event: GroupEvent, generation: ServedGeneration | undefined): Uint8Array {
  switch (event.event) {
    case 'prepare':
    case 'change':
      return encodeWithValues(
        {
          event: event.event,
          group: event.group,
          ...wireState(event.state, true),
          deadlineMs: Math.max(0, Math.ceil(event.deadlineMs)),
        },
        generation,
      )
    case 'stale':
      return encodeCanonical({ event: 'stale', group: event.group, since: Math.floor(event.sinceMs) })
    case 'fresh':
      return encodeCanonical({ event: 'fresh', group: event.group })
  }
}
