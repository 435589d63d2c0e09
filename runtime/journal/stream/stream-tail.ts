import type { JournalHead } from '../journal.ts'
import { STREAM_BEGIN, type StreamEnd, type Taken } from './stream-end.ts'

/** Records whose ids are remembered: an append that is to be settled is among the newest. */
export const RECORD_IDS_MAX = 65_536

/** The end of the log as far as this journal has verified it. It only ever goes forward. */
export class StreamTail {
  #end: StreamEnd = STREAM_BEGIN
  readonly #seqById = new Map<string, number>()

  get end(): StreamEnd {
    return this.#end
  }

  get head(): JournalHead {
    const { seq, hash, timeline, epoch, timeMs } = this.#end.chain
    return { seq, hash, timeline, epoch, timeMs }
  }

  seqOf(recordId: string): number | undefined {
    return this.#seqById.get(recordId)
  }

  advance({ end, records }: Taken): void {
    this.#end = end
    for (const { id, seq } of records) this.#seqById.set(id, seq)
    for (const oldest of this.#seqById.keys()) {
      if (this.#seqById.size <= RECORD_IDS_MAX) break
      this.#seqById.delete(oldest)
    }
  }
}
