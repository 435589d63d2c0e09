/** Things said lately, at most. The oldest make room. */
const NOTICES_MAX = 1_024

/** Remembers what was said, so that a conflict or an accusation is not repeated with every packet. */
export class Notices {
  readonly #saidAtMs = new Map<string, number>()

  /** Whether `what` was not said within the last `quietMs`; if so, it counts as said now. */
  mayRepeat(what: string, nowMs: number, quietMs: number): boolean {
    const saidAtMs = this.#saidAtMs.get(what)
    if (saidAtMs !== undefined && nowMs - saidAtMs < quietMs) return false
    this.#saidAtMs.delete(what)
    this.#saidAtMs.set(what, nowMs)
    if (this.#saidAtMs.size > NOTICES_MAX) {
      for (const oldest of this.#saidAtMs.keys()) {
        this.#saidAtMs.delete(oldest)
        break
      }
    }
    return true
  }
}
