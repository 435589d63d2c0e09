import type { Digest } from '../../actors/vocabulary/canonical/digest.ts'
import { isKonorError, KonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import { type Faults, noFaults } from '../ports/fault-points.ts'
import { checkAppend, invalid } from './check-append.ts'
import { checkCheckpoint } from './check-checkpoint.ts'
import type { AppendRequest, Checkpoint, Journal, JournalHead, JournalRecord } from './journal.ts'
import type { DataPaths, JournalPaths } from './journal-paths.ts'
import { chainRecords } from './record-hash.ts'
import { appendRecords } from './sqlite/append-records.ts'
import { readBlob } from './sqlite/blobs.ts'
import { insertCheckpoint, readCheckpoint } from './sqlite/checkpoints.ts'
import { withCodedErrors } from './sqlite/journal-error.ts'
import { readPieces } from './sqlite/read-chain.ts'
import { findRecord } from './sqlite/record-reader.ts'
import { RecordWriter } from './sqlite/record-writer.ts'
import {
  closeStore,
  inspectStore,
  openStore,
  readHead,
  type SqliteStore,
  type StoreOptions,
} from './sqlite/store.ts'
import { verifyTail } from './sqlite/verify-tail.ts'
import { settleWriteAheadLog } from './sqlite/write-ahead-log.ts'

export interface SqliteJournalOptions extends StoreOptions {
  readonly faults?: Faults
}

/**
 * The embedded journal: one SQLite file in `DIR/journal`, written by one process at a time. An append is one
 * commit of its write-ahead log and one sync, however many records it holds: group commit is the caller's,
 * who passes together what came together. See the README beside this file for the guarantees and for what
 * each damage gives.
 */
export class SqliteJournal implements Journal {
  /** For the journal's own modules (compaction, verification, backup) only. */
  readonly store: SqliteStore
  readonly #faults: Faults
  readonly #writer: RecordWriter
  #unsettled = false

  private constructor(store: SqliteStore, faults: Faults) {
    this.store = store
    this.#faults = faults
    this.#writer = new RecordWriter(store.connection)
  }

  /**
   * Opens the journal of a data directory, or makes it. Throws `KONOR_JOURNAL_LOCKED`, `…_FOREIGN`,
   * `…_NEWER_FORMAT`, `…_CORRUPT` (a damaged end, or acknowledged records that are gone), `…_MISSING` or
   * `…_IO`.
   */
  static async open(dataDir: string, options: SqliteJournalOptions = {}): Promise<SqliteJournal> {
    const { faults = noFaults, ...storeOptions } = options
    const store = await withCodedErrors(`open the journal in ${dataDir}`, () =>
      openStore(dataDir, storeOptions),
    )
    try {
      await verifyTail(store)
    } catch (error) {
      await closeStore(store)
      throw error
    }
    return new SqliteJournal(store, faults)
  }

  /**
   * Opens a journal, or a backup, that may be damaged, for `verifyJournal` and the like: its end is not
   * verified, and nothing can be appended.
   */
  static async inspect(paths: JournalPaths | DataPaths): Promise<SqliteJournal> {
    return new SqliteJournal(await inspectStore(paths), noFaults)
  }

  head(): Promise<JournalHead> {
    return this.#settled(async () => this.store.head)
  }

  append(request: AppendRequest): Promise<JournalHead> {
    return this.#settled(async () => {
      const { store } = this
      if (store.witness === undefined)
        throw invalid('a journal that was opened for inspection takes no records')
      checkAppend(store.head, request)
      const records = chainRecords(store.head, request.records)
      this.#faults.hit('journal.before-commit')
      try {
        await appendRecords(store.connection, this.#writer, store.head, records, request.blobs)
      } catch (error) {
        this.#unsettled = isKonorError(error, 'KONOR_JOURNAL_AMBIGUOUS')
        throw error
      }
      const last = records.at(-1)
      if (last !== undefined) this.#advance(last)
      this.#faults.hit('journal.after-commit')
      return store.head
    })
  }

  async *read(fromSeq: number, toSeq?: number): AsyncGenerator<JournalRecord> {
    const head = await this.head()
    const pieces = readPieces(this.store, Math.max(fromSeq, 1), Math.min(toSeq ?? head.seq, head.seq))
    for await (const piece of pieces) for (const record of piece) yield record
  }

  find(recordId: string): Promise<number | undefined> {
    return this.#settled(() => findRecord(this.store.connection, recordId))
  }

  getBlob(digest: Digest): Promise<Uint8Array | undefined> {
    return this.#settled(() => readBlob(this.store.connection, digest))
  }

  getCheckpoint(atSeq?: number): Promise<Checkpoint | undefined> {
    return this.#settled(async () => {
      const { connection, head, logger, meta } = this.store
      const limit = atSeq ?? head.seq
      const found = await readCheckpoint(connection, limit, seq => {
        logger.warn({ seq }, 'a checkpoint is damaged and is not used')
      })
      if (found === undefined && meta.anchor.seq > 0) throw noAnchorCheckpoint(limit, meta.anchor.seq)
      return found
    })
  }

  putCheckpoint(checkpoint: Checkpoint): Promise<void> {
    return this.#settled(() => {
      const { connection, head, meta } = this.store
      checkCheckpoint(head, checkpoint)
      return insertCheckpoint(connection, checkpoint, meta.anchor.seq)
    })
  }

  async close(): Promise<void> {
    await this.store.turns.close(async () => {
      await this.#writer.close()
      await closeStore(this.store)
    })
  }

  #advance({ seq, hash, timeline, epoch, timeMs }: JournalRecord): void {
    this.store.head = { seq, hash, timeline, epoch, timeMs }
    try {
      this.store.witness?.note({ seq, hash })
    } catch (cause) {
      // The record is durable, but a later loss of it could not be told: its writer must not take it as
      // acknowledged.
      throw new KonorError('KONOR_JOURNAL_AMBIGUOUS', 'the head file cannot be written; check the disk', {
        cause,
      })
    }
  }

  /** A turn with the connection, after the outcome of a failed commit before it has become certain. */
  #settled<T>(work: () => Promise<T>): Promise<T> {
    const { store } = this
    return store.turns.take(async () => {
      if (this.#unsettled) {
        await settleWriteAheadLog(store.connection)
        store.head = await readHead(store.connection, store.meta)
        this.#unsettled = false
      }
      return work()
    })
  }
}

/** Once history was dropped, a reader without a checkpoint cannot begin from the start instead. */
function noAnchorCheckpoint(limit: number, anchorSeq: number): KonorError {
  const details = { details: { anchorSeq } }
  if (limit >= anchorSeq) {
    const what = `the journal is damaged: the checkpoint at its anchor ${anchorSeq} is gone; restore a backup`
    return new KonorError('KONOR_JOURNAL_CORRUPT', what, details)
  }
  return new KonorError('KONOR_JOURNAL_COMPACTED', `the journal begins at its anchor ${anchorSeq}`, details)
}
