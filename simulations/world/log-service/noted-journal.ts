import type { Digest } from '../../../actors/vocabulary/canonical/digest.ts'
import type {
  AppendRequest,
  Checkpoint,
  JournalHead,
  JournalRecord,
} from '../../../runtime/journal/journal.ts'
import type { JournalFollower, SharedJournal } from '../../../runtime/journal/shared-journal.ts'
import type { Program } from '../program.ts'
import { Knowledge, type SharedLogNotes } from '../shared-log-notes.ts'
import type { JournalStore } from '../simulated-journal.ts'

/** A journal as it is, and beside it what one life of a central asked of it and was told, for those who judge. */
export class NotedJournal implements SharedJournal {
  readonly #inner: SharedJournal
  readonly #store: JournalStore
  readonly #program: Program
  readonly #knowledge: Knowledge

  constructor(inner: SharedJournal, notes: SharedLogNotes, store: JournalStore, program: Program) {
    this.#inner = inner
    this.#store = store
    this.#program = program
    this.#knowledge = new Knowledge(notes, program)
  }

  head(): Promise<JournalHead> {
    return this.#inner.head()
  }

  async append(request: AppendRequest): Promise<JournalHead> {
    this.#knowledge.asksFor(request)
    this.#store.onAsked(request, this.#program)
    const head = await this.#inner.append(request)
    this.#knowledge.toldOf(head)
    return head
  }

  async *read(fromSeq: number, toSeq?: number): AsyncGenerator<JournalRecord> {
    for await (const record of this.#inner.read(fromSeq, toSeq)) {
      this.#knowledge.toldOf(record)
      yield record
    }
  }

  async find(recordId: string): Promise<number | undefined> {
    const seq = await this.#inner.find(recordId)
    this.#knowledge.finds(recordId, seq)
    return seq
  }

  getBlob(digest: Digest): Promise<Uint8Array | undefined> {
    return this.#inner.getBlob(digest)
  }

  async getCheckpoint(atSeq?: number): Promise<Checkpoint | undefined> {
    const checkpoint = await this.#inner.getCheckpoint(atSeq)
    if (checkpoint !== undefined) this.#knowledge.toldOf({ seq: checkpoint.seq, epoch: 0 })
    return checkpoint
  }

  putCheckpoint(checkpoint: Checkpoint): Promise<void> {
    return this.#inner.putCheckpoint(checkpoint)
  }

  follow(fromSeq: number, follower: JournalFollower): () => void {
    this.#knowledge.listens()
    return this.#inner.follow(fromSeq, {
      onRecord: record => {
        this.#knowledge.toldOf(record)
        follower.onRecord(record)
      },
      onBeat: epoch => {
        this.#knowledge.heardBeat(epoch)
        follower.onBeat(epoch)
      },
      onBroken: error => follower.onBroken(error),
    })
  }

  beat(epoch: number): Promise<void> {
    return this.#inner.beat(epoch)
  }

  close(): Promise<void> {
    return this.#inner.close()
  }
}
