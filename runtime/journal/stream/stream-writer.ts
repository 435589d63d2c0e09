import { isKonorError, KonorError } from '../../../actors/vocabulary/errors/konor-error.ts'
import type { Random } from '../../ports/random.ts'
import type { JournalRecord } from '../journal.ts'
import type { LogDraft, LogService } from './log-service.ts'
import type { Waits } from './patience.ts'
import { publishSettled } from './publish-settled.ts'
import { gaplessLength, readKnownFrom, READ_MESSAGES_MAX } from './read-messages.ts'
import { insist } from './service-error.ts'
import { STREAM_BEGIN, type StreamEnd, takeMessage } from './stream-end.ts'
import { encodeMessage } from './stream-message.ts'
import { StreamTail } from './stream-tail.ts'
import type { StreamValues } from './stream-values.ts'

/** Messages that are verified, and whose records can be found, when a journal is opened. */
export const OPENING_MESSAGES = 1_024
const BARRIER_ID_BYTES = 16
const BARRIER_TRIES_MAX = 16

/** A message of the writer's own, and the records that it adds to the chain. */
interface OwnMessage {
  readonly messageId: string
  readonly bytes: Uint8Array
  readonly records: readonly JournalRecord[]
}

/**
 * The one place of a journal that writes to its log, and that moves its end. One thing at a time: callers
 * take turns.
 */
export class StreamWriter {
  readonly tail = new StreamTail()
  readonly #service: LogService
  readonly #values: StreamValues
  readonly #waits: Waits
  readonly #random: Random
  #isOpen = false
  /** Published, and not known whether it is stored. Nothing else is published before that is settled. */
  #unsettled: { readonly draft: LogDraft; readonly records: readonly JournalRecord[] } | undefined

  constructor(service: LogService, values: StreamValues, waits: Waits, random: Random) {
    this.#service = service
    this.#values = values
    this.#waits = waits
    this.#random = random
  }

  /** Reads what others have added, as far as the replica that answers has it. */
  async catchUp(): Promise<void> {
    await this.#open()
    for (;;) {
      const nextSeq = this.tail.end.messageSeq + 1
      const patience = this.#waits.begin()
      const found = await insist(patience, () => this.#service.read(nextSeq, READ_MESSAGES_MAX))
      if (found.length === 0) return
      const isHole = found[0]?.seq !== nextSeq
      const messages = isHole
        ? await readKnownFrom(this.#service, nextSeq, READ_MESSAGES_MAX, this.#waits)
        : found.slice(0, gaplessLength(found))
      for (const raw of messages) this.tail.advance(await takeMessage(this.tail.end, raw, this.#values))
    }
  }

  /**
   * Learns what became of the message that was left unsettled, and answers the ids of its records; undefined
   * when there was none. `KONOR_JOURNAL_AMBIGUOUS` while it cannot be known.
   */
  async settle(): Promise<readonly string[] | undefined> {
    await this.#open()
    const unsettled = this.#unsettled
    if (unsettled === undefined) return undefined
    await this.#publishDraft(unsettled.draft, unsettled.records)
    return unsettled.records.map(({ id }) => id)
  }

  /** Publishes after the end as it is known; false when the log had gone on, and the end is now later. */
  async publish({ messageId, bytes, records }: OwnMessage): Promise<boolean> {
    const { messageSeq } = this.tail.end
    return await this.#publishDraft({ messageId, bytes, expectedSeq: messageSeq }, records)
  }

  /**
   * Takes a place in the log. When it resolves, all that was stored before is known, and what was published
   * before and is still on its way is refused.
   */
  async raiseBarrier(): Promise<void> {
    await this.#open()
    for (let tries = 0; tries < BARRIER_TRIES_MAX; tries++) {
      const messageId = `barrier-${Buffer.from(this.#random.bytes(BARRIER_ID_BYTES)).toString('hex')}`
      const bytes = encodeMessage(this.tail.end.chain, 0, { kind: 'rows', rows: [] })
      if (await this.publish({ messageId, bytes, records: [] })) return
    }
    throw new KonorError('KONOR_JOURNAL_BUSY', 'others keep taking the place of a barrier; try again')
  }

  async #publishDraft(draft: LogDraft, records: readonly JournalRecord[]): Promise<boolean> {
    this.#unsettled = { draft, records }
    try {
      const settled = await publishSettled(this.#service, draft, this.#waits)
      this.#unsettled = undefined
      if (settled.kind === 'stored') {
        const chain = records.at(-1) ?? this.tail.end.chain
        this.tail.advance({ end: { messageSeq: settled.seq, chain }, records })
        return true
      }
    } catch (thrown) {
      if (!isKonorError(thrown, 'KONOR_JOURNAL_AMBIGUOUS')) this.#unsettled = undefined
      throw thrown
    }
    await this.#catchUpBeyond(draft.expectedSeq)
    return false
  }

  /** Another message stands after `messageSeq`: it is read until it is there. */
  async #catchUpBeyond(messageSeq: number): Promise<void> {
    const messages = await readKnownFrom(this.#service, messageSeq + 1, READ_MESSAGES_MAX, this.#waits)
    for (const raw of messages) this.tail.advance(await takeMessage(this.tail.end, raw, this.#values))
    await this.catchUp()
  }

  async #open(): Promise<void> {
    if (this.#isOpen) return
    const last = await insist(this.#waits.begin(), () => this.#service.last())
    const lastSeq = last?.seq ?? 0
    let nextSeq = Math.max(1, lastSeq - OPENING_MESSAGES + 1)
    // A reader that begins in the middle believes what the first message says of the chain before it.
    let end: StreamEnd | undefined = nextSeq === 1 ? STREAM_BEGIN : undefined
    while (nextSeq <= lastSeq) {
      for (const raw of await readKnownFrom(this.#service, nextSeq, READ_MESSAGES_MAX, this.#waits)) {
        const taken = await takeMessage(end, raw, this.#values)
        this.tail.advance(taken)
        end = taken.end
        nextSeq = end.messageSeq + 1
      }
    }
    this.#isOpen = true
  }
}
