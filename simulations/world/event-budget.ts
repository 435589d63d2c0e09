/** Virtual time that one instant may not fill with events: a program that wakes itself for ever is stopped there. */
const EVENTS_PER_INSTANT_MAX = 100_000
const SECOND_MS = 1_000

/** Something in the world works without end. There is no use in waiting for such a run: it would take for ever. */
export class NeverRests extends Error {}

/** Counts what happens in a world, and stops it when that is more than its programs can have to do. */
export class EventBudget {
  readonly #perSecondMax: number
  #instantMs = -Infinity
  #inInstant = 0
  #secondMs = -Infinity
  #inSecond = 0

  constructor(perSecondMax: number) {
    this.#perSecondMax = perSecondMax
  }

  /** Call it before each event. Throws `NeverRests`. */
  take(nowMs: number): void {
    if (nowMs > this.#instantMs) this.#inInstant = 0
    if (nowMs >= this.#secondMs + SECOND_MS) {
      this.#secondMs = nowMs
      this.#inSecond = 0
    }
    this.#instantMs = nowMs
    if (++this.#inInstant > EVENTS_PER_INSTANT_MAX)
      throw new NeverRests(`more than ${EVENTS_PER_INSTANT_MAX} events at ${seconds(nowMs)}`)
    if (++this.#inSecond > this.#perSecondMax)
      throw new NeverRests(`more than ${this.#perSecondMax} events in the second up to ${seconds(nowMs)}`)
  }
}

function seconds(ms: number): string {
  return `${(ms / SECOND_MS).toFixed(3)} s: something in the world never rests`
}
