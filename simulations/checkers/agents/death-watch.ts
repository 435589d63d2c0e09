/** Three instances of one process that end without a word, so soon after an activation, are a crash loop. */
const WINDOW_MS = 30_000
const DEATHS = 3

/** Counts the instances of each process that broke off since the last activation that central asked for. */
export class DeathWatch {
  #sinceMs: number | undefined
  readonly #dead = new Map<string, Set<string>>()

  begins(localMs: number): void {
    this.#sinceMs = localMs
    this.#dead.clear()
  }

  ends(): void {
    this.#sinceMs = undefined
  }

  /** Answers whether that makes it a loop. */
  dies(process: string, instance: string, localMs: number): boolean {
    if (this.#sinceMs === undefined || localMs - this.#sinceMs > WINDOW_MS) return false
    const dead = this.#dead.get(process) ?? new Set()
    this.#dead.set(process, dead.add(instance))
    return dead.size >= DEATHS
  }

  /** Its connection broke; it did not die. */
  returns(process: string, instance: string): void {
    this.#dead.get(process)?.delete(instance)
  }
}
