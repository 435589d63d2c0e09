import { createHash } from 'node:crypto'
import {
  APPEND_RECORDS_MAX,
  type AppendRequest,
  type Checkpoint,
  CHECKPOINTS_KEPT_MAX,
  type JournalHead,
  type JournalRecord,
  RECORD_BYTES_MAX,
  type RecordDraft,
} from '../../runtime/journal/journal.ts'

/** One record as its writer handed it over. */
export interface BookedRecord extends RecordDraft {
  readonly seq: number
}

/** What a journal did that its port promises not to do. */
export interface JournalComplaint {
  readonly atMs: number
  readonly promise: number
  readonly what: string
}

/**
 * What a journal should hold, kept by who watches it: told by what writers asked and were answered, and by no
 * code of the journal. It says what may be appended, and what must be read back.
 */
export class JournalBook {
  readonly complaints: JournalComplaint[] = []
  #records: BookedRecord[] = []
  readonly #seqs = new Map<string, number>()
  #checkpoints: Pick<Checkpoint, 'seq' | 'stateHash'>[] = []
  #blobs = new Set<string>()
  #timeline = 1

  get lastSeq(): number {
    return this.#records.length
  }

  /** Why the append must be refused; undefined when it must be taken. */
  objection({ expectedSeq, records, blobs }: AppendRequest): string | undefined {
    if (expectedSeq !== this.lastSeq) return `a writer at ${expectedSeq}, where ${this.lastSeq} was last`
    if (records.length > APPEND_RECORDS_MAX) return `${records.length} records at once`
    for (const { digest, bytes } of blobs)
      if (sha256(bytes) !== digest) return `a blob that is not what its name ${digest} says`
    let { timeline, epoch, timeMs } = this.#end()
    const ids = new Set<string>()
    for (const draft of records) {
      if (draft.epoch < epoch) return `a record of epoch ${draft.epoch} after epoch ${epoch}`
      if (draft.timeline < timeline) return `a record of timeline ${draft.timeline} after ${timeline}`
      if (draft.timeMs < timeMs) return `a record of ${draft.timeMs} ms after ${timeMs} ms`
      if (ids.has(draft.id) || this.#seqs.has(draft.id)) return `the record ${draft.id} a second time`
      if (Math.max(draft.payload.length, draft.outputs.length) > RECORD_BYTES_MAX)
        return `a record of ${draft.payload.length} and ${draft.outputs.length} bytes`
      ids.add(draft.id)
      ;({ timeline, epoch, timeMs } = draft)
    }
    return undefined
  }

  appended({ records, blobs }: AppendRequest): void {
    for (const draft of records) {
      const seq = this.lastSeq + 1
      const [payload, outputs] = [Uint8Array.from(draft.payload), Uint8Array.from(draft.outputs)]
      this.#records.push({ ...draft, seq, payload, outputs })
      if (!this.#seqs.has(draft.id)) this.#seqs.set(draft.id, seq)
    }
    for (const { digest } of blobs) this.#blobs.add(digest)
  }

  putCheckpoint({ seq, stateHash }: Checkpoint): void {
    const others = this.#checkpoints.filter(one => one.seq !== seq)
    this.#checkpoints = [...others, { seq, stateHash }]
      .toSorted((a, b) => a.seq - b.seq)
      .slice(-CHECKPOINTS_KEPT_MAX)
  }

  /** What is wrong with a record that a reader was given for the one that was written there. */
  readProblem(seq: number, given: JournalRecord): string | undefined {
    const wanted = this.#records[seq - 1]
    if (wanted === undefined) return `record ${seq} was read, and never written`
    const isSame =
      given.seq === seq &&
      given.id === wanted.id &&
      given.timeline === wanted.timeline &&
      given.epoch === wanted.epoch &&
      given.timeMs === wanted.timeMs &&
      given.wallMs === wanted.wallMs &&
      Buffer.compare(given.payload, wanted.payload) === 0 &&
      Buffer.compare(given.outputs, wanted.outputs) === 0
    return isSame ? undefined : `record ${seq} was given to a reader, and is not what was written`
  }

  headProblem(head: JournalHead): string | undefined {
    const { seq, timeline, epoch, timeMs } = this.#end()
    const isSame =
      head.seq === seq && head.timeline === timeline && head.epoch === epoch && head.timeMs === timeMs
    return isSame ? undefined : `the head is said to be ${JSON.stringify(head)}, after record ${seq}`
  }

  seqOf(id: string): number | undefined {
    return this.#seqs.get(id)
  }

  hasBlob(digest: string): boolean {
    return this.#blobs.has(digest)
  }

  /** The newest checkpoint at or below a sequence. */
  checkpointAt(atSeq: number | undefined): Pick<Checkpoint, 'seq' | 'stateHash'> | undefined {
    return this.#checkpoints.findLast(({ seq }) => atSeq === undefined || seq <= atSeq)
  }

  /** The journal was restored: what it goes on with is of a timeline of its own. */
  beginTimeline(): void {
    this.#timeline = this.#end().timeline + 1
  }

  /** Records after this one are gone, and what was said of them. */
  forgetAfter(seq: number): void {
    for (const gone of this.#records.splice(seq))
      if (this.#seqs.get(gone.id) === gone.seq) this.#seqs.delete(gone.id)
    this.#checkpoints = this.#checkpoints.filter(one => one.seq <= seq)
  }

  forgetBlobs(digests: readonly string[]): void {
    for (const digest of digests) this.#blobs.delete(digest)
  }

  complain(atMs: number, promise: number, what: string | undefined): void {
    if (what !== undefined) this.complaints.push({ atMs, promise, what })
  }

  #end(): Pick<BookedRecord, 'seq' | 'timeline' | 'epoch' | 'timeMs'> {
    const { seq, timeline, epoch, timeMs } = this.#records.at(-1) ?? {
      seq: 0,
      timeline: 1,
      epoch: 0,
      timeMs: 0,
    }
    return { seq, timeline: Math.max(timeline, this.#timeline), epoch, timeMs }
  }
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
