import type { AppendRequest, JournalHead } from '../journal/journal.ts'
import { MemoryDisk, MemoryJournal } from '../journal/memory-journal.ts'
import type { JournalFollower, SharedJournal } from '../journal/shared-journal.ts'

/** A log in memory that several centrals share: what is appended is told at once, unless somebody is cut off. */
export class TestSharedLog {
  readonly disk = new MemoryDisk()
  readonly #followers = new Set<{ seq: number; readonly follower: JournalFollower; readonly of: object }>()
  /** Beats that reached the log. */
  beats: number[] = []

  open(): TestSharedJournal {
    return new TestSharedJournal(this)
  }

  follow(of: TestSharedJournal, fromSeq: number, follower: JournalFollower): () => void {
    const one = { seq: fromSeq - 1, follower, of }
    this.#followers.add(one)
    this.tell()
    return () => this.#followers.delete(one)
  }

  tell(): void {
    for (const one of this.#followers) {
      if ((one.of as TestSharedJournal).isCutOff) continue
      for (const record of this.disk.records.slice(one.seq)) {
        one.seq = record.seq
        one.follower.onRecord(record)
      }
    }
  }

  beat(epoch: number): void {
    this.beats.push(epoch)
    for (const { follower, of } of this.#followers)
      if (!(of as TestSharedJournal).isCutOff) follower.onBeat(epoch)
  }
}

/** The log as one central sees it. */
export class TestSharedJournal extends MemoryJournal implements SharedJournal {
  readonly #log: TestSharedLog
  /** Nothing of the log comes here, and beats do not get there. */
  isCutOff = false
  /** Awaited before an append is answered. */
  beforeAnswer: () => Promise<void> = async () => {}

  constructor(log: TestSharedLog) {
    super({ disk: log.disk })
    this.#log = log
  }

  override async append(request: AppendRequest): Promise<JournalHead> {
    const head = await super.append(request)
    this.#log.tell()
    await this.beforeAnswer()
    return head
  }

  follow(fromSeq: number, follower: JournalFollower): () => void {
    return this.#log.follow(this, fromSeq, follower)
  }

  async beat(epoch: number): Promise<void> {
    if (!this.isCutOff) this.#log.beat(epoch)
  }
}
