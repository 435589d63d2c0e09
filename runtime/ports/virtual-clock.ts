import type { CancelTimer, Clock } from './clock.ts'

interface Timer {
  readonly deadlineMs: number
  readonly order: number
  fire: (() => void) | undefined
}

/** The wall clock of a virtual world starts here unless told otherwise: 2025-01-01T00:00:00Z. */
const WALL_START_MS = Date.UTC(2025, 0, 1)

/**
 * Time as a discrete-event simulation makes it: it stands still until somebody advances it, and then jumps
 * from timer to timer. Timers fire exactly at their deadline, in the order of (deadline, insertion), so a run
 * is reproducible.
 */
export class VirtualClock implements Clock {
  #nowMs = 0
  #wallOffsetMs: number
  #order = 0
  #cancelled = 0
  #heap: Timer[] = []

  constructor(options: { readonly wallStartMs?: number } = {}) {
    this.#wallOffsetMs = options.wallStartMs ?? WALL_START_MS
  }

  monotonicMs(): number {
    return this.#nowMs
  }

  wallMs(): number {
    return this.#nowMs + this.#wallOffsetMs
  }

  /** Moves the wall clock alone, either way, as an operator or NTP may. */
  jumpWallBy(ms: number): void {
    this.#wallOffsetMs += ms
  }

  /** Timers that would still fire. */
  get pending(): number {
    return this.#heap.length - this.#cancelled
  }

  /** When the next timer fires, in monotonic milliseconds; undefined when none waits. */
  get nextDeadlineMs(): number | undefined {
    this.#dropCancelled()
    return this.#heap[0]?.deadlineMs
  }

  startTimer(delayMs: number, fire: () => void): CancelTimer {
    const timer: Timer = { deadlineMs: this.#nowMs + Math.max(0, delayMs), order: this.#order++, fire }
    this.#heap.push(timer)
    this.#siftUp(this.#heap.length - 1)
    return () => {
      if (timer.fire === undefined) return
      timer.fire = undefined
      this.#cancelled++
      if (this.#cancelled > 64 && this.#cancelled * 2 > this.#heap.length) this.#rebuild()
    }
  }

  /** Jumps to the next timer and fires it. False when none waits. */
  step(): boolean {
    this.#dropCancelled()
    const timer = this.#pop()
    if (timer?.fire === undefined) return false
    const fire = timer.fire
    timer.fire = undefined
    this.#nowMs = timer.deadlineMs
    fire()
    return true
  }

  /** Lets `ms` pass, firing what becomes due, also what is started on the way. */
  advanceBy(ms: number): void {
    const untilMs = this.#nowMs + ms
    for (let next = this.nextDeadlineMs; next !== undefined && next <= untilMs; next = this.nextDeadlineMs)
      this.step()
    this.#nowMs = Math.max(this.#nowMs, untilMs)
  }

  /**
   * Fires timers until none waits, at most `maxMs` of virtual time. True when none waits; then the clock
   * stands at the last one that fired. False when the time ran out first.
   */
  runUntilIdle(maxMs: number): boolean {
    const untilMs = this.#nowMs + maxMs
    for (let next = this.nextDeadlineMs; next !== undefined; next = this.nextDeadlineMs) {
      if (next > untilMs) {
        this.#nowMs = untilMs
        return false
      }
      this.step()
    }
    return true
  }

  #dropCancelled(): void {
    while (this.#heap.length > 0 && this.#heap[0]?.fire === undefined) {
      this.#pop()
      this.#cancelled--
    }
  }

  #rebuild(): void {
    const left = this.#heap.filter(timer => timer.fire !== undefined)
    // A sorted array is a heap.
    this.#heap = left.sort((a, b) => (before(a, b) ? -1 : 1))
    this.#cancelled = 0
  }

  #pop(): Timer | undefined {
    const top = this.#heap[0]
    const last = this.#heap.pop()
    if (top !== undefined && last !== undefined && top !== last) {
      this.#heap[0] = last
      this.#siftDown()
    }
    return top
  }

  #siftUp(start: number): void {
    for (let index = start; index > 0;) {
      const parent = (index - 1) >> 1
      if (!this.#swapIfBefore(index, parent)) return
      index = parent
    }
  }

  #siftDown(): void {
    for (let index = 0; ;) {
      const left = index * 2 + 1
      const leftTimer = this.#heap[left]
      if (leftTimer === undefined) return
      const rightTimer = this.#heap[left + 1]
      const child = rightTimer !== undefined && before(rightTimer, leftTimer) ? left + 1 : left
      if (!this.#swapIfBefore(child, index)) return
      index = child
    }
  }

  #swapIfBefore(lower: number, upper: number): boolean {
    const a = this.#heap[lower]
    const b = this.#heap[upper]
    if (a === undefined || b === undefined || !before(a, b)) return false
    this.#heap[lower] = b
    this.#heap[upper] = a
    return true
  }
}

function before(a: Timer, b: Timer): boolean {
  return a.deadlineMs < b.deadlineMs || (a.deadlineMs === b.deadlineMs && a.order < b.order)
}
