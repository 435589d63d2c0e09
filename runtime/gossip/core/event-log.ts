import type { EventMessage } from './messages.ts'

/** Application events that are remembered, so that each is delivered once. */
export const EVENTS_REMEMBERED_MAX = 512
/** Application events that wait to be passed on. The oldest gives way: news of members has its own room. */
export const EVENTS_QUEUED_MAX = 64

interface Waiting {
  readonly message: EventMessage
  transmissions: number
}

/** Application events: a Lamport clock, what was seen, and what is still to be passed on. */
export class EventLog {
  readonly #seen = new Set<string>()
  #waiting: Waiting[] = []
  #lamport = 0

  /** The time of a new event of our own. */
  tick(): number {
    return ++this.#lamport
  }

  /** Whether the event is new here; if so, it waits to be passed on. */
  admit(message: EventMessage): boolean {
    const key = `${message.author}/${message.lamport}/${message.name}`
    if (this.#seen.has(key)) return false
    this.#lamport = Math.max(this.#lamport, message.lamport)
    this.#seen.add(key)
    if (this.#seen.size > EVENTS_REMEMBERED_MAX) {
      for (const oldest of this.#seen) {
        this.#seen.delete(oldest)
        break
      }
    }
    this.#waiting.push({ message, transmissions: 0 })
    if (this.#waiting.length > EVENTS_QUEUED_MAX) this.#waiting.shift()
    return true
  }

  get hasWaiting(): boolean {
    return this.#waiting.length > 0
  }

  /** The event that was passed on least, counted as sent once more. */
  take(limit: number): EventMessage | undefined {
    let least: Waiting | undefined
    for (const waiting of this.#waiting) {
      if (least === undefined || waiting.transmissions < least.transmissions) least = waiting
    }
    if (least === undefined) return undefined
    least.transmissions++
    this.#waiting = this.#waiting.filter(({ transmissions }) => transmissions < limit)
    return least.message
  }
}
