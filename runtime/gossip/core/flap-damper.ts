import type { MemberId } from './messages.ts'

/** Members whose deaths are remembered, at most; who dies most lately stays. */
const REMEMBERED_MAX = 4_096
/** Doublings of the wait that repeated deaths bring. */
const DOUBLINGS_MAX = 5

interface Deaths {
  count: number
  atMs: number
  /** When the return may be announced; Infinity while it is down. */
  announceAtMs: number
}

/**
 * Keeps a member that comes and goes from being announced each time. The first return is told at once; who died again
 * within the damping time must be well for that time, twice as long with each further death, before it is called
 * alive. Only what is announced waits: the protocol itself sees every change.
 */
export class FlapDamper {
  readonly #dampingMs: number
  readonly #deaths = new Map<MemberId, Deaths>()
  readonly #waiting = new Set<MemberId>()

  constructor(dampingMs: number) {
    this.#dampingMs = dampingMs
  }

  /** A member died. Whether that is to be announced: not when its return never was. */
  died(id: MemberId, nowMs: number): boolean {
    const before = this.#deaths.get(id)
    const announced = !this.#waiting.delete(id)
    const quietMs = before === undefined ? 0 : this.#waitMs(before.count) + this.#dampingMs
    const recent = before !== undefined && nowMs - before.atMs <= quietMs
    this.#deaths.delete(id)
    this.#deaths.set(id, { count: recent ? before.count + 1 : 1, atMs: nowMs, announceAtMs: Infinity })
    this.#bound()
    return announced
  }

  /** A dead member answers. Whether that is to be announced now; otherwise `due` will name it. */
  returned(id: MemberId, nowMs: number): boolean {
    const deaths = this.#deaths.get(id)
    if (deaths === undefined || deaths.count < 2) return true
    deaths.announceAtMs = nowMs + this.#waitMs(deaths.count)
    this.#waiting.add(id)
    return false
  }

  /** It is suspected again: the wait begins anew when that is over. Whether it was waiting. */
  doubted(id: MemberId, nowMs: number): boolean {
    const deaths = this.#deaths.get(id)
    if (deaths === undefined || !this.#waiting.has(id)) return false
    deaths.announceAtMs = nowMs + this.#waitMs(deaths.count)
    return true
  }

  forget(id: MemberId): void {
    this.#deaths.delete(id)
    this.#waiting.delete(id)
  }

  isWaiting(id: MemberId): boolean {
    return this.#waiting.has(id)
  }

  get nextMs(): number {
    let nextMs = Infinity
    for (const id of this.#waiting) nextMs = Math.min(nextMs, this.#deaths.get(id)?.announceAtMs ?? Infinity)
    return nextMs
  }

  /** Those that were well for long enough. */
  due(nowMs: number): MemberId[] {
    const ripe = [...this.#waiting].filter(id => (this.#deaths.get(id)?.announceAtMs ?? 0) <= nowMs)
    for (const id of ripe) this.#waiting.delete(id)
    return ripe
  }

  #waitMs(count: number): number {
    return this.#dampingMs * 2 ** Math.min(DOUBLINGS_MAX, Math.max(0, count - 2))
  }

  #bound(): void {
    if (this.#deaths.size <= REMEMBERED_MAX) return
    for (const oldest of this.#deaths.keys()) {
      this.forget(oldest)
      return
    }
  }
}
