import type { Digest } from '../../../actors/vocabulary/canonical/digest.ts'
import { encodeCanonical } from '../../../actors/vocabulary/canonical/encode-canonical.ts'
import { KonorError } from '../../../actors/vocabulary/errors/konor-error.ts'
import type { Clock } from '../../ports/clock.ts'
import { type Faults, noFaults } from '../../ports/fault-points.ts'
import { type Logger, silentLogger } from '../../ports/logger.ts'
import type { Random } from '../../ports/random.ts'
import { checkAppend, conflict } from '../check-append.ts'
import { checkCheckpoint } from '../check-checkpoint.ts'
import type { AppendRequest, Checkpoint, JournalHead, JournalRecord } from '../journal.ts'
import { chainRecords } from '../record-hash.ts'
import type { JournalFollower, SharedJournal } from '../shared-journal.ts'
import { Turns } from '../turns.ts'
import { encodeBeat } from './beat.ts'
import { findMessage } from './find-message.ts'
import { followStream } from './follow-stream.ts'
import { ENVELOPE_BYTES_MAX, type LogService } from './log-service.ts'
import { Waits } from './patience.ts'
import { readKnownFrom, READ_MESSAGES_MAX } from './read-messages.ts'
import { unlessUnreachable } from './service-error.ts'
import { loadBlob, PART_PREFIX, storeBlob } from './stream-blobs.ts'
import { StreamCheckpoints } from './stream-checkpoints.ts'
import { takeMessage } from './stream-end.ts'
import { encodeMessage, rowsOf } from './stream-message.ts'
import { StreamValues } from './stream-values.ts'
import { StreamWriter } from './stream-writer.ts'

export interface StreamJournalOptions {
  /** Closed with the journal. */
  readonly service: LogService
  readonly clock: Clock
  readonly random: Random
  readonly logger?: Logger
  readonly faults?: Faults
}

/** Appends that find nothing but barriers in their place begin anew so often. */
const BARRIERS_IN_A_ROW_MAX = 16

/**
 * A journal that several centrals share, on a log service. One append is one message of the log; the order of
 * messages is the order of records. The log alone decides: an append names the message that must be last, so
 * of two writers one is refused, and what a writer has read, which may be stale, only says what to expect.
 *
 * `find` is certain: what it does not find is not in the log and will not be, since a barrier has taken the
 * place that it could have had. It knows the records of the newest `OPENING_MESSAGES` messages, or all since
 * it was opened.
 */
export class StreamJournal implements SharedJournal {
  readonly #service: LogService
  readonly #waits: Waits
  readonly #values: StreamValues
  readonly #checkpoints: StreamCheckpoints
  readonly #writer: StreamWriter
  readonly #turns = new Turns()
  readonly #faults: Faults
  readonly #logger: Logger
  readonly #followers = new Set<() => void>()
  #isClosed = false

  constructor({ service, clock, random, logger, faults }: StreamJournalOptions) {
    this.#service = service
    this.#faults = faults ?? noFaults
    this.#logger = logger ?? silentLogger
    this.#waits = new Waits(clock, random)
    this.#values = new StreamValues(service, this.#waits)
    this.#checkpoints = new StreamCheckpoints(service, this.#values, this.#waits)
    this.#writer = new StreamWriter(service, this.#values, this.#waits, random)
  }

  head(): Promise<JournalHead> {
    return this.#turns.take(async () => {
      await this.#writer.catchUp()
      return this.#writer.tail.head
    })
  }

  append(request: AppendRequest): Promise<JournalHead> {
    return this.#turns.take(() => this.#append(request))
  }

  async *read(fromSeq: number, toSeq?: number): AsyncGenerator<JournalRecord> {
    const firstSeq = Math.max(1, fromSeq)
    const { seq } = await this.head()
    const lastSeq = Math.min(toSeq ?? seq, seq)
    if (firstSeq > lastSeq) return
    for await (const record of this.#records(firstSeq)) {
      this.#assertOpen()
      if (record.seq < firstSeq) continue
      yield record
      if (record.seq === lastSeq) return
    }
  }

  find(recordId: string): Promise<number | undefined> {
    return this.#turns.take(async () => {
      const settled = await this.#writer.settle()
      const { tail } = this.#writer
      if (tail.seqOf(recordId) === undefined && settled?.includes(recordId) !== true)
        await this.#writer.raiseBarrier()
      return tail.seqOf(recordId)
    })
  }

  async getBlob(digest: Digest): Promise<Uint8Array | undefined> {
    this.#assertOpen()
    return await loadBlob(this.#values, digest)
  }

  async getCheckpoint(atSeq?: number): Promise<Checkpoint | undefined> {
    this.#assertOpen()
    return await this.#checkpoints.get(atSeq ?? Number.MAX_SAFE_INTEGER)
  }

  async putCheckpoint(checkpoint: Checkpoint): Promise<void> {
    checkCheckpoint(await this.head(), checkpoint)
    await this.#checkpoints.put(checkpoint)
  }

  follow(fromSeq: number, follower: JournalFollower): () => void {
    this.#assertOpen()
    const stop = followStream({
      service: this.#service,
      values: this.#values,
      waits: this.#waits,
      logger: this.#logger,
      fromSeq: Math.max(1, fromSeq),
      follower,
    })
    this.#followers.add(stop)
    return () => {
      this.#followers.delete(stop)
      stop()
    }
  }

  async beat(epoch: number): Promise<void> {
    this.#assertOpen()
    // A beat may be lost, and one that cannot be sent is.
    await unlessUnreachable(this.#service.tell(encodeBeat(epoch)))
  }

  async close(): Promise<void> {
    this.#isClosed = true
    for (const stop of this.#followers) stop()
    this.#followers.clear()
    await this.#turns.close(async () => {
      this.#waits.close()
      await this.#service.close()
    })
  }

  async #append(request: AppendRequest): Promise<JournalHead> {
    const { tail } = this.#writer
    await this.#writer.settle()
    if (request.expectedSeq > tail.head.seq) await this.#writer.catchUp()
    this.#check(request)
    const { chain } = tail.end
    const records = chainRecords(chain, request.records)
    const body = await this.#bodyOf(records)
    for (const blob of request.blobs) await storeBlob(this.#values, blob)
    const last = records.at(-1)
    if (last === undefined) return tail.head
    const message = { messageId: last.hash, bytes: encodeMessage(chain, records.length, body), records }
    this.#faults.hit('journal.before-commit')
    for (let barriers = 0; barriers < BARRIERS_IN_A_ROW_MAX; barriers++) {
      if (await this.#writer.publish(message)) {
        this.#faults.hit('journal.after-commit')
        return tail.head
      }
      this.#check(request)
    }
    throw new KonorError(
      'KONOR_JOURNAL_BUSY',
      'others keep taking the place of an append; nothing was written',
    )
  }

  #check(request: AppendRequest): void {
    const { tail } = this.#writer
    checkAppend(tail.head, request)
    for (const { id } of request.records)
      if (tail.seqOf(id) !== undefined) throw conflict(`record id ${id} is in the journal already`, tail.head)
  }

  /** In the message when they fit, or in a value that is durable before the message that names it. */
  async #bodyOf(records: readonly JournalRecord[]) {
    const rows = rowsOf(records)
    const bytes = encodeCanonical(rows)
    if (bytes.length <= this.#service.payloadBytesMax - ENVELOPE_BYTES_MAX)
      return { kind: 'rows', rows } as const
    return { kind: 'value', ref: await this.#values.storeTree(PART_PREFIX, bytes) } as const
  }

  /** Verified records, from the one before `fromSeq` on, so that the first that counts is held against it. */
  async *#records(fromSeq: number): AsyncGenerator<JournalRecord> {
    const { messageSeq } = this.#writer.tail.end
    const knownSeq = Math.max(1, fromSeq - 1)
    let nextSeq = await findMessage(this.#service, knownSeq, messageSeq, this.#waits)
    let end
    for (;;) {
      for (const raw of await readKnownFrom(this.#service, nextSeq, READ_MESSAGES_MAX, this.#waits)) {
        const taken = await takeMessage(end, raw, this.#values)
        yield* taken.records
        end = taken.end
        nextSeq = end.messageSeq + 1
      }
    }
  }

  #assertOpen(): void {
    if (this.#isClosed) throw new KonorError('KONOR_JOURNAL_CLOSED', 'the journal is closed; open it again')
  }
}
