import type { Digest } from '../../actors/vocabulary/canonical/digest.ts'
import { KonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import { checkAppend, conflict } from '../journal/check-append.ts'
import { checkCheckpoint } from '../journal/check-checkpoint.ts'
import {
  type AppendRequest,
  type Checkpoint,
  CHECKPOINTS_KEPT_MAX,
  type Journal,
  type JournalHead,
  type JournalRecord,
} from '../journal/journal.ts'
import { chainRecords, GENESIS } from '../journal/record-hash.ts'

/** What outlives a `ForkedJournal`: hand it to a next one and it goes on, as after a restart. */
export class ForkedDisk {
  readonly base: Journal
  readonly fork: JournalHead
  readonly records: JournalRecord[] = []
  readonly seqById = new Map<string, number>()
  readonly blobs = new Map<Digest, Uint8Array>()
  /** In rising order of `seq`. */
  checkpoints: readonly Checkpoint[] = []

  private constructor(base: Journal, fork: JournalHead) {
    this.base = base
    this.fork = fork
  }

  /** Forks after record `seq` (0: an empty journal). Throws `KONOR_REPLAY_BEYOND_HEAD`, or as `Journal.read`. */
  static async at(base: Journal, seq: number): Promise<ForkedDisk> {
    if (seq === 0) return new ForkedDisk(base, GENESIS)
    for await (const { hash, timeline, epoch, timeMs } of base.read(seq, seq))
      return new ForkedDisk(base, { seq, hash, timeline, epoch, timeMs })
    throw new KonorError('KONOR_REPLAY_BEYOND_HEAD', `there is no record ${seq} to continue from`, {
      details: { seq },
    })
  }

  head(): JournalHead {
    const { seq, hash, timeline, epoch, timeMs } = this.records.at(-1) ?? this.fork
    return { seq, hash, timeline, epoch, timeMs }
  }
}

/**
 * A journal that begins as another one's records up to a sequence and goes on in memory: what was lies where it is
 * and is only read, what is appended is in the `ForkedDisk`. With it a production journal continues in a simulation
 * from any point, and the original never changes. `close` leaves the original open.
 */
export class ForkedJournal implements Journal {
  readonly #disk: ForkedDisk
  #closed = false

  constructor(disk: ForkedDisk) {
    this.#disk = disk
  }

  async head(): Promise<JournalHead> {
    this.#assertOpen()
    return this.#disk.head()
  }

  async append({ expectedSeq, records, blobs }: AppendRequest): Promise<JournalHead> {
    this.#assertOpen()
    const disk = this.#disk
    for (const { id } of records) {
      if (await this.#isInBase(id)) throw conflict(`record id ${id} is in the journal already`, disk.head())
    }
    // From here to the end is one turn: another append comes before all of it or after.
    const head = disk.head()
    checkAppend(head, { expectedSeq, records, blobs })
    const taken = records.find(({ id }) => disk.seqById.has(id))
    if (taken !== undefined) throw conflict(`record id ${taken.id} is in the journal already`, head)
    for (const { digest, bytes } of blobs) disk.blobs.set(digest, Uint8Array.from(bytes))
    for (const record of chainRecords(head, records)) {
      disk.records.push(copied(record))
      disk.seqById.set(record.id, record.seq)
    }
    return disk.head()
  }

  async *read(fromSeq: number, toSeq = Infinity): AsyncGenerator<JournalRecord> {
    this.#assertOpen()
    const { base, fork, records } = this.#disk
    const [first, last] = [Math.max(1, fromSeq), Math.min(toSeq, this.#disk.head().seq)]
    if (first <= fork.seq) yield* base.read(first, Math.min(last, fork.seq))
    for (let seq = Math.max(first, fork.seq + 1); seq <= last; seq++) {
      this.#assertOpen()
      const record = records[seq - fork.seq - 1]
      if (record !== undefined) yield copied(record)
    }
  }

  async find(recordId: string): Promise<number | undefined> {
    this.#assertOpen()
    const { base, fork, seqById } = this.#disk
    const own = seqById.get(recordId)
    if (own !== undefined || fork.seq === 0) return own
    const seq = await base.find(recordId)
    return seq === undefined || seq > fork.seq ? undefined : seq
  }

  async getBlob(digest: Digest): Promise<Uint8Array | undefined> {
    this.#assertOpen()
    const own = this.#disk.blobs.get(digest)
    return own === undefined ? this.#disk.base.getBlob(digest) : Uint8Array.from(own)
  }

  async getCheckpoint(atSeq = Infinity): Promise<Checkpoint | undefined> {
    this.#assertOpen()
    const { base, checkpoints, fork } = this.#disk
    const own = checkpoints.findLast(({ seq }) => seq <= atSeq)
    if (own !== undefined) return { ...own, state: Uint8Array.from(own.state) }
    return fork.seq === 0 ? undefined : base.getCheckpoint(Math.min(atSeq, fork.seq))
  }

  async putCheckpoint(checkpoint: Checkpoint): Promise<void> {
    this.#assertOpen()
    const disk = this.#disk
    checkCheckpoint(disk.head(), checkpoint)
    const others = disk.checkpoints.filter(({ seq }) => seq !== checkpoint.seq)
    disk.checkpoints = [...others, { ...checkpoint, state: Uint8Array.from(checkpoint.state) }]
      .sort((a, b) => a.seq - b.seq)
      .slice(-CHECKPOINTS_KEPT_MAX)
  }

  async close(): Promise<void> {
    this.#closed = true
  }

  async #isInBase(recordId: string): Promise<boolean> {
    const { base, fork } = this.#disk
    if (fork.seq === 0) return false
    const seq = await base.find(recordId)
    return seq !== undefined && seq <= fork.seq
  }

  #assertOpen(): void {
    if (this.#closed) throw new KonorError('KONOR_JOURNAL_CLOSED', 'the journal is closed; open it again')
  }
}

/** A copy: neither a writer's nor a reader's buffer is the journal's. */
function copied(record: JournalRecord): JournalRecord {
  return {
    ...record,
    payload: Uint8Array.from(record.payload),
    outputs: Uint8Array.from(record.outputs),
  }
}
