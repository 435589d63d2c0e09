import type { Folded, Leader } from '../../engine/leader.ts'
import type { EventView } from '../../engine/views.ts'
import { eventViews } from './event-views.ts'

/** Listens to every folded record, with its public events. */
export type FeedListener = (folded: Folded, events: () => readonly EventView[]) => void

/** What of the newest folded record readers may ask later. */
export interface LastFolded {
  readonly seq: number
  readonly wallMs: number
  readonly outputs: number
}

/**
 * One listener at the leader for all streams and waiting readers. The events of a record are made once, by
 * the first that wants them, and shared: a hundred streams cost the writer little more than one.
 */
export class FoldedFeed {
  readonly #listeners = new Set<FeedListener>()
  #last: LastFolded | undefined

  constructor(leader: Pick<Leader, 'onFolded'>) {
    leader.onFolded(folded => this.#pass(folded))
  }

  /** The newest record since this central runs; undefined before the first. */
  get last(): LastFolded | undefined {
    return this.#last
  }

  subscribe(listener: FeedListener): () => void {
    this.#listeners.add(listener)
    return () => {
      this.#listeners.delete(listener)
    }
  }

  #pass(folded: Folded): void {
    this.#last = { seq: folded.seq, wallMs: folded.wallMs, outputs: folded.outputs.length }
    let made: readonly EventView[] | undefined
    const events = (): readonly EventView[] => (made ??= eventViews(folded, folded.outputs))
    for (const listener of this.#listeners) listener(folded, events)
  }
}
