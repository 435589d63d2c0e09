/**
 * Local health (Lifeguard, arXiv 1707.00788): how much this member distrusts its own view. 0 is well; each point slows
 * its probes down by one more period, so that a member in trouble accuses others less.
 */
export class Awareness {
  readonly #scoreMax: number
  #score = 0

  /** @param healthMax the largest factor, so the score is at most one less. */
  constructor(healthMax: number) {
    this.#scoreMax = healthMax - 1
  }

  get score(): number {
    return this.#score
  }

  /** Factor on intervals and timeouts, 1 to `healthMax`. */
  get factor(): number {
    return this.#score + 1
  }

  /** Worse by a positive delta, better by a negative one. */
  adjust(delta: number): void {
    this.#score = Math.min(this.#scoreMax, Math.max(0, this.#score + delta))
  }

  /** As bad as can be: after a sleep nothing that we believe is fresh. */
  worst(): void {
    this.#score = this.#scoreMax
  }
}
