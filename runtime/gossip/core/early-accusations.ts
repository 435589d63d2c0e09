import type { MemberId, Update } from './messages.ts'
import { mergeAccusers } from './merge-accusers.ts'
import { compareLives, type Life } from './precedence.ts'

/** Accusations that wait for their subject, at most; the oldest make room. */
export const EARLY_ACCUSATIONS_MAX = 1_024

/**
 * Accusations of lives that their subjects have not begun, as far as we know. Accusations are not signed: were they
 * believed, one member could bury another in a life that it will never reach, where it cannot object. So they wait
 * until the subject itself speaks of that life, which those do that were overtaken by what is said of them.
 */
export class EarlyAccusations {
  readonly #bySubject = new Map<MemberId, Update>()

  get size(): number {
    return this.#bySubject.size
  }

  hold(update: Update): void {
    const held = this.#bySubject.get(update.id)
    const later = held === undefined ? 1 : compareLives(update, held)
    if (held !== undefined && later < 0) return
    const others = held !== undefined && later === 0 ? (held.accusers ?? []) : []
    this.#bySubject.delete(update.id)
    this.#bySubject.set(update.id, { ...update, accusers: mergeAccusers(others, update.accusers ?? []) })
    const eldest = this.#bySubject.keys().next()
    if (this.#bySubject.size > EARLY_ACCUSATIONS_MAX && eldest.done !== true)
      this.#bySubject.delete(eldest.value)
  }

  /** What is held against the life that the subject has now begun; what is about a former one is forgotten. */
  take(id: MemberId, life: Life): Update | undefined {
    const held = this.#bySubject.get(id)
    if (held === undefined || held.epoch > life.epoch) return undefined
    this.#bySubject.delete(id)
    return compareLives(held, life) < 0 ? undefined : held
  }
}
