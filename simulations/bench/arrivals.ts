import { performance } from 'node:perf_hooks'

/** Names that are remembered although nobody has asked for them yet. */
const NAMES_MAX = 10_000

/** Tells when as many have reported the same name as are expected, also when they did so before it was asked. */
export class Arrivals {
  readonly #expected: number
  readonly #counts = new Map<string, number>()
  readonly #completeAtMs = new Map<string, number>()
  readonly #waiting = new Map<string, (atMs: number) => void>()

  constructor(expected: number) {
    this.#expected = expected
  }

  arrived(name: string): void {
    const count = (this.#counts.get(name) ?? 0) + 1
    this.#counts.set(name, count)
    if (count !== this.#expected) return
    const nowMs = performance.now()
    this.#counts.delete(name)
    const resolve = this.#waiting.get(name)
    this.#waiting.delete(name)
    if (resolve !== undefined) return resolve(nowMs)
    this.#completeAtMs.set(name, nowMs)
    for (const oldest of this.#completeAtMs.keys()) {
      if (this.#completeAtMs.size <= NAMES_MAX) break
      this.#completeAtMs.delete(oldest)
    }
  }

  /** Resolves with the time (of `performance.now()`) at which the last one reported `name`. */
  all(name: string): Promise<number> {
    const atMs = this.#completeAtMs.get(name)
    this.#completeAtMs.delete(name)
    if (atMs !== undefined) return Promise.resolve(atMs)
    return new Promise(resolve => this.#waiting.set(name, resolve))
  }
}
