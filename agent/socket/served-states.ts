import { type Digest, digestOfBytes } from '../../actors/vocabulary/canonical/digest.ts'
import { encodeCanonical } from '../../actors/vocabulary/canonical/encode-canonical.ts'
import type { GroupService, ServedState } from '../groups/group-service.ts'

/** Activations of a group whose revision and digest are remembered: candidate, active, the one before, one spare. */
const ACTIVATIONS_PER_GROUP_MAX = 4

/** The bundle of a group that holds nothing yet: the empty map. */
export const EMPTY_BUNDLE: Uint8Array = encodeCanonical({})

/** What a joined group shows before its first activation: revision and activation 0, no entries, stale. */
export const EMPTY_STATE: ServedState = {
  revision: 0,
  digest: digestOfBytes(EMPTY_BUNDLE) as Digest,
  activation: 0,
  sizeBytes: EMPTY_BUNDLE.length,
  stale: true,
}

/** One immutable generation, ready to be sent. */
export interface ServedGeneration {
  readonly state: ServedState
  readonly bundle: Uint8Array
}

/**
 * The generations that the socket has told of. The groups give bytes by activation; which revision and digest belong
 * to an activation that is not the active one is known from the event that announced it.
 */
export class ServedStates {
  readonly #service: GroupService
  readonly #byGroup = new Map<string, Map<number, ServedState>>()

  constructor(service: GroupService) {
    this.#service = service
  }

  /** The active state, or the empty one. */
  active(group: string): ServedState {
    const state = this.#service.state(group)
    if (state === undefined) return EMPTY_STATE
    this.remember(group, state)
    return state
  }

  remember(group: string, state: ServedState): void {
    const states = this.#byGroup.get(group) ?? new Map<number, ServedState>()
    if (states.get(state.activation) === state) return
    this.#byGroup.set(group, states)
    states.set(state.activation, state)
    if (states.size <= ACTIVATIONS_PER_GROUP_MAX) return
    states.delete(Math.min(...states.keys()))
  }

  /** The active generation, or that of `activation` while it is held. */
  generation(group: string, activation?: number): ServedGeneration | undefined {
    const active = this.active(group)
    if (activation === undefined || activation === active.activation) {
      if (active === EMPTY_STATE) return { state: EMPTY_STATE, bundle: EMPTY_BUNDLE }
      const bundle = this.#service.bundle(group)
      return bundle === undefined ? undefined : { state: active, bundle }
    }
    const state = this.#byGroup.get(group)?.get(activation)
    const bundle = state === undefined ? undefined : this.#service.bundle(group, activation)
    return state === undefined || bundle === undefined ? undefined : { state, bundle }
  }
}
