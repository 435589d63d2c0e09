import type { Address } from '../../actors/vocabulary/address.ts'
import type { ActorRecord } from '../kernel/actor-record.ts'

export interface Due {
  readonly dueMs: number
  readonly address: Address
  readonly timer: string
}

/**
 * The journaled deadlines of all actors, earliest first: a binary heap with lazy removal. It is a cache of
 * the state: an entry whose deadline was cancelled or moved is harmless, the fold ignores it.
 */
export class DeadlineQueue {
  #heap: Due[] = []
  /** When each deadline in the heap is due: an actor that changes often is not noted again each time. */
  readonly #noted = new Map<string, number>()

  /** Notes the deadlines of an actor that was just made or changed. */
  note(record: ActorRecord): void {
    for (const timer of Object.keys(record.deadlines)) {
      const deadline = record.deadlines[timer]
      if (deadline !== undefined) this.#note({ dueMs: deadline.dueMs, address: record.address, timer })
    }
  }

  /** Notes a deadline again that was taken and could not be folded. */
  putBack(due: Due, dueMs: number): void {
    this.#note({ ...due, dueMs })
  }

  /** How many are in the heap, cancelled ones that were not yet met included. */
  get size(): number {
    return this.#heap.length
  }

  #note(due: Due): void {
    const key = keyOf(due)
    if (this.#noted.get(key) === due.dueMs) return
    this.#noted.set(key, due.dueMs)
    this.#push(due)
  }

  /** Journal time of the earliest deadline. */
  get nextMs(): number | undefined {
    return this.#heap[0]?.dueMs
  }

  /** Takes what is due at `nowMs`, at most `most`. */
  take(nowMs: number, most: number): Due[] {
    const due: Due[] = []
    while (due.length < most) {
      const first = this.#heap[0]
      if (first === undefined || first.dueMs > nowMs) break
      this.#pop()
      const key = keyOf(first)
      // It was moved since, or put in again at another time: the entry of that time speaks for it.
      if (this.#noted.get(key) !== first.dueMs) continue
      this.#noted.delete(key)
      due.push(first)
    }
    return due
  }

  #push(due: Due): void {
    const heap = this.#heap
    let at = heap.push(due) - 1
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!isBefore(heap[at], heap[parent])) break
      this.#swap(at, parent)
      at = parent
    }
  }

  #pop(): void {
    const heap = this.#heap
    const last = heap.pop()
    if (last === undefined || heap.length === 0) return
    heap[0] = last
    for (let at = 0; ;) {
      const left = 2 * at + 1
      let least = at
      if (isBefore(heap[left], heap[least])) least = left
      if (isBefore(heap[left + 1], heap[least])) least = left + 1
      if (least === at) return
      this.#swap(at, least)
      at = least
    }
  }

  #swap(a: number, b: number): void {
    const left = this.#heap[a]
    const right = this.#heap[b]
    if (left === undefined || right === undefined) return
    this.#heap[a] = right
    this.#heap[b] = left
  }
}

function keyOf({ address, timer }: Due): string {
  return `${address}#${timer}`
}

function isBefore(a: Due | undefined, b: Due | undefined): boolean {
  if (a === undefined || b === undefined) return false
  if (a.dueMs !== b.dueMs) return a.dueMs < b.dueMs
  if (a.address !== b.address) return a.address < b.address
  return a.timer < b.timer
}
