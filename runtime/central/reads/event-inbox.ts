import { KonorError } from '../../../actors/vocabulary/errors/konor-error.ts'
import type { EventView } from '../../engine/views.ts'
import type { FoldedFeed } from './folded-feed.ts'

/**
 * Events that may wait for one reader beside those it is being given: past it the stream ends, to be resumed.
 */
export const STREAM_EVENTS_MAX = 10_000

/** What became of waiting for live events. */
export type Taken =
  | { readonly batches: readonly (readonly EventView[])[] }
  /** Records from `seq` on did not come this way: they are in the journal. */
  | { readonly missing: number }
  | { readonly aborted: true }

/** The live events for one reader, from a sequence on and without a hole, bounded. */
export class EventInbox {
  readonly #signal: AbortSignal
  readonly #eventsMax: number
  readonly #unsubscribe: () => void
  #batches: (readonly EventView[])[] = []
  #events = 0
  #expected: number
  #holed = false
  #overflown = false
  #wake: (() => void) | undefined

  constructor(feed: FoldedFeed, fromSeq: number, signal: AbortSignal, eventsMax = STREAM_EVENTS_MAX) {
    this.#expected = fromSeq
    this.#signal = signal
    this.#eventsMax = eventsMax
    this.#unsubscribe = feed.subscribe(({ seq }, events) => this.#receive(seq, events))
    signal.addEventListener('abort', this.#notify)
  }

  /** Waits for the next events. Rejects with `KONOR_ENGINE_SLOW_CONSUMER` once more waited than may wait. */
  async take(): Promise<Taken> {
    while (!this.#signal.aborted) {
      if (this.#overflown) throw slow(this.#eventsMax)
      if (this.#batches.length > 0) return { batches: this.#drain() }
      if (this.#holed) return { missing: this.#expected }
      await new Promise<void>(resolve => {
        this.#wake = resolve
      })
    }
    return { aborted: true }
  }

  close(): void {
    this.#unsubscribe()
    this.#signal.removeEventListener('abort', this.#notify)
  }

  #receive(seq: number, events: () => readonly EventView[]): void {
    if (seq < this.#expected || this.#holed || this.#overflown) return
    if (seq > this.#expected) this.#holed = true
    else this.#accept(events())
    this.#notify()
  }

  #accept(events: readonly EventView[]): void {
    this.#expected++
    if (events.length === 0) return
    this.#events += events.length
    this.#overflown = this.#events > this.#eventsMax
    if (this.#overflown) this.#drain()
    else this.#batches.push(events)
  }

  #drain(): readonly (readonly EventView[])[] {
    const batches = this.#batches
    this.#batches = []
    this.#events = 0
    return batches
  }

  readonly #notify = (): void => {
    const wake = this.#wake
    this.#wake = undefined
    wake?.()
  }
}

function slow(eventsMax: number): KonorError {
  return new KonorError(
    'KONOR_ENGINE_SLOW_CONSUMER',
    `more than ${eventsMax} events wait for this reader: resume from the last event id`,
    { details: { bound: 'STREAM_EVENTS_MAX', max: eventsMax } },
  )
}
