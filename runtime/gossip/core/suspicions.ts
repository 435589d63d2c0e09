import type { MemberId } from './messages.ts'
import type { Suspicion } from './suspicion.ts'

/** The suspicions of one member about others, and when the first of them runs out. */
export class Suspicions {
  readonly #byId = new Map<MemberId, Suspicion>()
  #nextMs = Infinity
  #stale = false

  get(id: MemberId): Suspicion | undefined {
    return this.#byId.get(id)
  }

  start(id: MemberId, suspicion: Suspicion): void {
    this.#byId.set(id, suspicion)
    this.touch()
  }

  stop(id: MemberId): void {
    if (this.#byId.delete(id)) this.touch()
  }

  /** A deadline may have moved. */
  touch(): void {
    this.#stale = true
  }

  get nextMs(): number {
    if (this.#stale) {
      this.#nextMs = Infinity
      for (const { deadlineMs } of this.#byId.values()) this.#nextMs = Math.min(this.#nextMs, deadlineMs)
      this.#stale = false
    }
    return this.#nextMs
  }

  /** Those that have run out. */
  due(nowMs: number): (readonly [MemberId, Suspicion])[] {
    return this.nextMs > nowMs ? [] : [...this.#byId].filter(([, { deadlineMs }]) => deadlineMs <= nowMs)
  }

  shiftAll(lagMs: number, nowMs: number): void {
    for (const suspicion of this.#byId.values()) suspicion.shift(lagMs, nowMs)
    this.touch()
  }

  restartAll(nowMs: number): void {
    for (const suspicion of this.#byId.values()) suspicion.restart(nowMs)
    this.touch()
  }
}
