import { type Digest, digestOfBytes } from '../../actors/vocabulary/canonical/digest.ts'
import { KonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import { type Faults, noFaults } from '../ports/fault-points.ts'
import { checkAppend, conflict } from './check-append.ts'
import { checkCheckpoint } from './check-checkpoint.ts'
import {
  type AppendRequest,
  type Checkpoint,
  CHECKPOINTS_KEPT_MAX,
  type Journal,
  type JournalHead,
  type JournalRecord,
} from './journal.ts'
import { assertLink, chainRecords, type ChainEnd, GENESIS } from './record-hash.ts'

/**
 * What outlives a `MemoryJournal`: hand the same disk to a next one and it goes on, as after a restart.
 * Several journals may share one disk; their appends are settled by expected sequence and epoch, as in a
 * replicated log.
 */
export class MemoryDisk {
  readonly records: JournalRecord[] = []
  readonly seqById = new Map<string, number>()
  readonly blobs = new Map<Digest, Uint8Array>()
  /** In rising order of `seq`. */
  checkpoints: Checkpoint[] = []
  timeline = GENESIS.timeline

  /** The next record begins a new timeline, as after a restore. */
  beginTimeline(): void {
    this.timeline = this.head().timeline + 1
  }

  head(): JournalHead {
    const last = this.records.at(-1) ?? GENESIS
    const { seq, hash, timeline, epoch, timeMs } = last
    return { seq, hash, timeline: Math.max(timeline, this.timeline), epoch, timeMs }
  }
}

export interface MemoryJournalOptions {
  readonly disk?: MemoryDisk
  readonly faults?: Faults
}

/** A journal for the simulator and for tests: the semantics of the port, with no disk below it. */
export class MemoryJournal implements Journal {
  readonly disk: MemoryDisk
  readonly #faults: Faults
  #closed = false

  constructor(options: MemoryJournalOptions = {}) {
    this.disk = options.disk ?? new MemoryDisk()
    this.#faults = options.faults ?? noFaults
  }

  async head(): Promise<JournalHead> {
    this.#assertOpen()
    return this.disk.head()
  }

  async append(request: AppendRequest): Promise<JournalHead> {
    this.#assertOpen()
    const { disk } = this
    const head = disk.head()
    checkAppend(head, request)
    for (const { id } of request.records) {
      if (disk.seqById.has(id)) throw conflict(`record id ${id} is in the journal already`, head)
    }
    // Copies: a disk does not change when its writer reuses a buffer. (`Buffer.slice` would not copy.)
    const records = chainRecords(head, request.records).map(record => ({
      ...record,
      payload: Uint8Array.from(record.payload),
      outputs: Uint8Array.from(record.outputs),
    }))
    this.#faults.hit('journal.before-commit')
    for (const { digest, bytes } of request.blobs) disk.blobs.set(digest, Uint8Array.from(bytes))
    for (const record of records) {
      disk.records.push(record)
      disk.seqById.set(record.id, record.seq)
    }
    this.#faults.hit('journal.after-commit')
    return disk.head()
  }

  async *read(fromSeq: number, toSeq?: number): AsyncGenerator<JournalRecord> {
    this.#assertOpen()
    const { records } = this.disk
    // As far as the last record says that they go, not as many as there are: one that is lost must be missed.
    const headSeq = records.at(-1)?.seq ?? 0
    const lastSeq = Math.min(toSeq ?? headSeq, headSeq)
    // Where the reader says that it is, not where the record before is found to be: a lost record moves all after it.
    let end: ChainEnd = { ...(records[fromSeq - 2] ?? GENESIS), seq: Math.max(fromSeq, 1) - 1 }
    for (let seq = Math.max(fromSeq, 1); seq <= lastSeq; seq++) {
      this.#assertOpen()
      const record = records[seq - 1]
      if (record === undefined)
        throw new KonorError('KONOR_JOURNAL_CORRUPT', `record ${seq} is missing`, { details: { seq } })
      assertLink(end, record)
      yield { ...record, payload: Uint8Array.from(record.payload), outputs: Uint8Array.from(record.outputs) }
      end = record
    }
  }

  async find(recordId: string): Promise<number | undefined> {
    this.#assertOpen()
    return this.disk.seqById.get(recordId)
  }

  async getBlob(digest: Digest): Promise<Uint8Array | undefined> {
    this.#assertOpen()
    const bytes = this.disk.blobs.get(digest)
    if (bytes === undefined) return undefined
    if (digestOfBytes(bytes) !== digest) {
      throw new KonorError('KONOR_JOURNAL_CORRUPT', `blob ${digest} is damaged`, { details: { digest } })
    }
    return Uint8Array.from(bytes)
  }

  async getCheckpoint(atSeq?: number): Promise<Checkpoint | undefined> {
    this.#assertOpen()
    const limit = atSeq ?? Number.MAX_SAFE_INTEGER
    const found = this.disk.checkpoints.findLast(({ seq }) => seq <= limit)
    return found && { ...found, state: Uint8Array.from(found.state) }
  }

  async putCheckpoint(checkpoint: Checkpoint): Promise<void> {
    this.#assertOpen()
    checkCheckpoint(this.disk.head(), checkpoint)
    const others = this.disk.checkpoints.filter(({ seq }) => seq !== checkpoint.seq)
    const all = [...others, { ...checkpoint, state: Uint8Array.from(checkpoint.state) }].sort(
      (a, b) => a.seq - b.seq,
    )
    this.disk.checkpoints = all.slice(-CHECKPOINTS_KEPT_MAX)
  }

  async close(): Promise<void> {
    this.#closed = true
  }

  #assertOpen(): void {
    if (this.#closed) throw new KonorError('KONOR_JOURNAL_CLOSED', 'the journal is closed; open it again')
  }
}
