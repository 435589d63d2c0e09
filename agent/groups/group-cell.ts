import { decodeCbor } from '../../actors/vocabulary/canonical/decode-cbor.ts'
import type { Digest } from '../../actors/vocabulary/canonical/digest.ts'
import type { CancelTimer, Clock } from '../../runtime/ports/clock.ts'
import { stepGroup, wakeAtMs } from './group-core.ts'
import type { GroupAction, GroupInput, Now } from './group-input.ts'
import type { GroupRecord } from '../store/group-record.ts'
import type { GroupEvent, Registration } from './group-service.ts'
import { type GroupState, instanceKey, newGroupState } from './group-state.ts'

/** One group's core with what it needs to live: its timer, its bundles in memory, its processes' listeners. */
export class GroupCell {
  readonly group: string
  /** Bundles in memory, by digest: what the core calls ready. Never modified. */
  readonly bundles = new Map<Digest, Uint8Array>()
  /** The trace of central's last desire, to be seen in the report that answers it. */
  traceparent: string | undefined
  #state: GroupState
  readonly #clock: Clock
  readonly #perform: (cell: GroupCell, action: GroupAction) => void
  readonly #listeners = new Map<string, (event: GroupEvent) => void>()
  readonly #inputs: GroupInput[] = []
  #stepping = false
  #wakeAtMs: number | undefined
  #cancelTimer: CancelTimer = () => {}
  #decoded: { readonly digest: Digest; readonly values: ReadonlyMap<string, unknown> } | undefined

  constructor(record: GroupRecord, clock: Clock, perform: (cell: GroupCell, action: GroupAction) => void) {
    this.group = record.group
    this.#clock = clock
    this.#perform = perform
    this.#state = newGroupState(record, clock.wallMs())
  }

  get state(): GroupState {
    return this.#state
  }

  /** Whether the core waits for nothing but the world: no write, no bundle, no way back is under way. */
  get isSettled(): boolean {
    const { writing, falling, bundles } = this.#state
    return writing === null && falling === null && [...bundles.values()].every(({ at }) => at !== 'obtaining')
  }

  /**
   * Gives the core an input and carries out what it says, in order. An input that comes out of that (a listener that
   * breaks while it is told) waits until it is done, so that everybody hears things in one order.
   */
  take(input: GroupInput): void {
    this.#inputs.push(input)
    if (this.#stepping) return
    this.#stepping = true
    try {
      for (let next = this.#inputs.shift(); next !== undefined; next = this.#inputs.shift()) this.#step(next)
    } finally {
      this.#stepping = false
    }
    this.#rearm()
  }

  listen(registration: Registration, notify: (event: GroupEvent) => void): void {
    this.#listeners.set(instanceKey(registration), notify)
  }

  unlisten(registration: Registration): void {
    this.#listeners.delete(instanceKey(registration))
  }

  tell(event: GroupEvent, to: readonly string[]): void {
    for (const key of to) this.#listeners.get(key)?.(event)
  }

  /** The active generation's entries, decoded once. */
  values(): ReadonlyMap<string, unknown> | undefined {
    const digest = this.#state.record.active?.digest
    const bytes = digest === undefined ? undefined : this.bundles.get(digest)
    if (digest === undefined || bytes === undefined) return undefined
    if (this.#decoded?.digest !== digest)
      this.#decoded = { digest, values: new Map(Object.entries(decodeCbor(bytes) as object)) }
    return this.#decoded.values
  }

  stop(): void {
    this.#cancelTimer()
    this.#listeners.clear()
  }

  #step(input: GroupInput): void {
    const now: Now = { monotonicMs: this.#clock.monotonicMs(), wallMs: this.#clock.wallMs() }
    const { state, actions } = stepGroup(this.#state, input, now)
    this.#state = state
    for (const action of actions) this.#perform(this, action)
    for (const digest of this.bundles.keys()) if (!state.bundles.has(digest)) this.bundles.delete(digest)
  }

  #rearm(): void {
    const atMs = wakeAtMs(this.#state)
    if (atMs === this.#wakeAtMs) return
    this.#cancelTimer()
    this.#wakeAtMs = atMs
    if (atMs === undefined) return
    this.#cancelTimer = this.#clock.startTimer(Math.max(0, atMs - this.#clock.monotonicMs()), () => {
      this.#wakeAtMs = undefined
      this.take({ type: 'WOKEN' })
    })
  }
}
