import type { ErrorDetail } from '../../actors/vocabulary/errors/konor-error.ts'
import { MANIFEST_ERRORS_MAX } from './manifest-bounds.ts'

/** One problem of one document, before its place is known as a line. */
export interface Problem {
  readonly pointer: string
  readonly message: string
}

/** Everything wrong that was found so far: the first ones kept, the rest only counted. */
export class Problems {
  readonly #details: ErrorDetail[] = []
  #count = 0
  #unavailable = 0

  get count(): number {
    return this.#count
  }

  /** Whether every problem is a kind that is not served yet. */
  get onlyUnavailable(): boolean {
    return this.#count > 0 && this.#unavailable === this.#count
  }

  /** The kept ones, and one that tells how many were not kept. */
  get details(): readonly ErrorDetail[] {
    const first = this.#details[0]
    if (first === undefined || this.#count <= this.#details.length) return this.#details
    return [
      ...this.#details,
      { ...first, pointer: '', message: `and ${this.#count - this.#details.length} more` },
    ]
  }

  /** `lineOf` is only asked when the problem is kept: finding a line costs. */
  add(file: string, lineOf: () => number, problem: Problem): void {
    this.#count++
    if (this.#details.length >= MANIFEST_ERRORS_MAX) return
    this.#details.push({ pointer: problem.pointer, message: problem.message, file, line: lineOf() })
  }

  addUnavailable(file: string, lineOf: () => number, problem: Problem): void {
    this.#unavailable++
    this.add(file, lineOf, problem)
  }
}
