import type { CborValue } from '../../../actors/vocabulary/canonical/cbor-value.ts'
import { type Digest, digestOfBytes } from '../../../actors/vocabulary/canonical/digest.ts'
import { encodeCanonical } from '../../../actors/vocabulary/canonical/encode-canonical.ts'
import { KonorError } from '../../../actors/vocabulary/errors/konor-error.ts'
import type {
  Acknowledgement,
  GroupEvent,
  GroupService,
  Registration,
  ServedState,
} from '../../groups/group-service.ts'

interface HeldGeneration {
  readonly state: ServedState
  readonly bundle: Uint8Array
  readonly values: ReadonlyMap<string, unknown>
}

interface Member {
  readonly registration: Registration
  readonly notify: ((event: GroupEvent) => void) | undefined
  /** Activation and phase that it has not acknowledged. */
  readonly owes: Set<string>
}

interface Group {
  active: HeldGeneration | undefined
  candidate: HeldGeneration | undefined
  previous: HeldGeneration | undefined
  readonly members: Map<string, Member>
}

/** What a process did, in order. */
export type Happening =
  | {
      readonly what: 'registered' | 'bye' | 'disconnected'
      readonly instance: string
      readonly group: string
    }
  | {
      readonly what: 'acknowledged'
      readonly instance: string
      readonly group: string
      readonly acknowledgement: Acknowledgement
    }

const DEADLINE_MS = 30_000

/**
 * The groups of a node in memory, without a store or a central: what the tests of the socket, the SDK and the runners
 * talk to. It keeps the rules of the seam: activations rise, registrations owe what was active or is being prepared.
 */
export class MemoryGroups implements GroupService {
  readonly node = 'n1'
  readonly happenings: Happening[] = []
  readonly #groups = new Map<string, Group>()
  readonly #servedListeners = new Set<(group: string) => void>()
  readonly #happened = new Set<() => void>()

  join(...names: string[]): this {
    for (const name of names) {
      this.#groups.set(name, {
        active: undefined,
        candidate: undefined,
        previous: undefined,
        members: new Map(),
      })
    }
    return this
  }

  /** Asks the preparing processes; the answer is the activation that the candidate would get. */
  prepare(name: string, values: Readonly<Record<string, CborValue>>): number {
    const group = this.#group(name)
    group.candidate = generationOf(values, (group.active?.state.activation ?? 0) + 1)
    const { state } = group.candidate
    this.#tell(group, 'prepare', state, member => member.registration.prepare)
    return state.activation
  }

  /** Serves new values under the next activation; every registration owes an acknowledgement. */
  activate(name: string, values: Readonly<Record<string, CborValue>>): number {
    const group = this.#group(name)
    group.previous = group.active
    group.active = generationOf(values, (group.previous?.state.activation ?? 0) + 1)
    group.candidate = undefined
    const { state } = group.active
    this.#tell(group, 'change', state, () => true)
    for (const listener of this.#servedListeners) listener(name)
    return state.activation
  }

  setStale(name: string, sinceMs: number | undefined): void {
    const group = this.#group(name)
    const { active } = group
    if (active === undefined) return
    const { sinceMs: _before, ...state } = active.state
    const stale = sinceMs === undefined ? { stale: false } : { stale: true, sinceMs }
    group.active = { ...active, state: { ...state, ...stale } }
    const event: GroupEvent =
      sinceMs === undefined ? { event: 'fresh', group: name } : { event: 'stale', group: name, sinceMs }
    for (const member of group.members.values()) member.notify?.(event)
    for (const listener of this.#servedListeners) listener(name)
  }

  /** Resolves once `condition` holds; looked at after everything a process did. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>(resolve => this.#happened.add(resolve))
  }

  /** What an instance, or anybody, acknowledged. */
  acknowledgements(group: string): Acknowledgement[] {
    return this.happenings.flatMap(one =>
      one.what === 'acknowledged' && one.group === group ? [one.acknowledgement] : [],
    )
  }

  count(what: Happening['what']): number {
    return this.happenings.filter(one => one.what === what).length
  }

  state(name: string): ServedState | undefined {
    return this.#groups.get(name)?.active?.state
  }

  bundle(name: string, activation?: number): Uint8Array | undefined {
    const group = this.#groups.get(name)
    if (activation === undefined) return group?.active?.bundle
    const held = [group?.candidate, group?.active, group?.previous]
    return held.find(generation => generation?.state.activation === activation)?.bundle
  }

  values(name: string): ReadonlyMap<string, unknown> | undefined {
    return this.#groups.get(name)?.active?.values
  }

  belongs(name: string): boolean {
    return this.#groups.has(name)
  }

  register(
    registration: Registration,
    heldActivation: number | undefined,
    notify: (event: GroupEvent) => void,
  ): { readonly owesAck: boolean } {
    const group = this.#group(registration.group)
    const owes = group.members.get(keyOf(registration))?.owes ?? new Set<string>()
    const active = group.active?.state.activation
    if (active !== undefined && heldActivation !== active) owes.add(owed(active, 'applied'))
    group.members.set(keyOf(registration), { registration, notify, owes })
    this.#record({ what: 'registered', instance: registration.instance, group: registration.group })
    return { owesAck: active !== undefined && owes.has(owed(active, 'applied')) }
  }

  acknowledge(registration: Registration, acknowledgement: Acknowledgement): void {
    const group = this.#group(registration.group)
    const { activation, phase } = acknowledgement
    const awaited = phase === 'prepare' ? group.candidate : group.active
    if (awaited?.state.activation !== activation) {
      throw new KonorError('KONOR_SOCKET_STALE_ACK', `activation ${activation} (${phase}) is not awaited`)
    }
    group.members.get(keyOf(registration))?.owes.delete(owed(activation, phase))
    const { instance } = registration
    this.#record({ what: 'acknowledged', instance, group: registration.group, acknowledgement })
  }

  bye(registration: Registration): void {
    this.#group(registration.group).members.delete(keyOf(registration))
    this.#record({ what: 'bye', instance: registration.instance, group: registration.group })
  }

  disconnected(registration: Registration): void {
    const { members } = this.#group(registration.group)
    const member = members.get(keyOf(registration))
    if (member !== undefined) members.set(keyOf(registration), { ...member, notify: undefined })
    this.#record({ what: 'disconnected', instance: registration.instance, group: registration.group })
  }

  registered(name: string): number {
    const members = this.#groups.get(name)?.members.values() ?? []
    return new Set([...members].filter(one => one.notify).map(one => one.registration.process)).size
  }

  onServed(listener: (group: string) => void): () => void {
    this.#servedListeners.add(listener)
    return () => this.#servedListeners.delete(listener)
  }

  #tell(
    group: Group,
    event: 'prepare' | 'change',
    state: ServedState,
    to: (member: Member) => boolean,
  ): void {
    for (const member of group.members.values()) {
      if (!to(member)) continue
      member.owes.add(owed(state.activation, event === 'change' ? 'applied' : 'prepare'))
      member.notify?.({ event, group: member.registration.group, state, deadlineMs: DEADLINE_MS })
    }
  }

  #group(name: string): Group {
    const group = this.#groups.get(name)
    if (group === undefined) throw new KonorError('KONOR_SOCKET_GROUP_UNKNOWN', `no group ${name} here`)
    return group
  }

  #record(happening: Happening): void {
    this.happenings.push(happening)
    const waiting = [...this.#happened]
    this.#happened.clear()
    for (const resolve of waiting) resolve()
  }
}

function generationOf(values: Readonly<Record<string, CborValue>>, activation: number): HeldGeneration {
  const bundle = encodeCanonical(values)
  const digest: Digest = digestOfBytes(bundle)
  const state = { revision: activation, digest, activation, sizeBytes: bundle.length, stale: false }
  return { state, bundle, values: new Map(Object.entries(values)) }
}

function keyOf({ process, instance }: Registration): string {
  return JSON.stringify([process, instance])
}

function owed(activation: number, phase: 'prepare' | 'applied'): string {
  return `${activation}/${phase}`
}
