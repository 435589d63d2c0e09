import { isKonorError, type KonorError } from '../../../actors/vocabulary/errors/konor-error.ts'
import type { Logger } from '../../ports/logger.ts'
import type { JournalFollower } from '../shared-journal.ts'
import { decodeBeat } from './beat.ts'
import { findMessage } from './find-message.ts'
import type { LogMessage, LogService } from './log-service.ts'
import type { Waits } from './patience.ts'
import { readKnownFrom } from './read-messages.ts'
import { unlessUnreachable } from './service-error.ts'
import { STREAM_BEGIN, type StreamEnd, takeMessage } from './stream-end.ts'
import { decodeMessage, lastSeqOf } from './stream-message.ts'
import type { StreamValues } from './stream-values.ts'

/** How often a follower looks whether the log has gone on without it. */
export const STALL_CHECK_MS = 1_000
/** Messages that wait to be verified; beyond it the consumer is dropped and begun anew later. */
export const FOLLOW_WAITING_MAX = 1_024

export interface FollowOptions {
  readonly service: LogService
  readonly values: StreamValues
  readonly waits: Waits
  readonly logger: Logger
  readonly fromSeq: number
  readonly follower: JournalFollower
}

/**
 * Follows the log by a consumer that may stall, repeat itself and leave things out: what comes twice is
 * dropped, and after what is left out, or when the log goes on and nothing comes, a new consumer begins at
 * what is next. A hole that stays is damage, as is a message that does not follow from the one before.
 */
export function followStream(options: FollowOptions): () => void {
  const following = new Following(options)
  following.begin()
  return () => following.stop()
}

class Following {
  readonly #options: FollowOptions
  readonly #waiting: LogMessage[] = []
  #end: StreamEnd | undefined
  #nextSeq = 1
  /** What was next when a consumer was last begun anew for a gap. */
  #gapSeq = 0
  #isStopped = false
  #isDraining = false
  #stopConsumer: (() => void) | undefined
  readonly #stopListening: () => void

  constructor(options: FollowOptions) {
    this.#options = options
    this.#stopListening = options.service.listen(word => {
      const epoch = decodeBeat(word)
      if (epoch !== undefined && !this.#isStopped) options.follower.onBeat(epoch)
    })
  }

  begin(): void {
    this.#run().catch((thrown: unknown) => this.#break(thrown))
  }

  stop(): void {
    this.#isStopped = true
    this.#waiting.length = 0
    this.#stopConsumer?.()
    this.#stopListening()
  }

  /** A service that cannot be asked now does not end it: it is asked again. */
  async #run(): Promise<void> {
    while ((await unlessUnreachable(this.#locate())) !== true) await this.#options.waits.sleep(STALL_CHECK_MS)
    this.#consume()
    while (!this.#isStopped) {
      const beforeSeq = this.#nextSeq
      await this.#options.waits.sleep(STALL_CHECK_MS)
      if (!this.#isStopped && this.#nextSeq === beforeSeq) await unlessUnreachable(this.#mendStall())
    }
  }

  /**
   * Where the record before the first one is, so that the first is held against it; the end, when it is not
   * there yet.
   */
  async #locate(): Promise<true> {
    const { service, waits, fromSeq, values } = this.#options
    const beforeSeq = fromSeq - 1
    const last = await service.last()
    if (last === undefined || beforeSeq === 0) this.#end = STREAM_BEGIN
    else if (lastSeqOf(decodeMessage(last)) >= beforeSeq)
      this.#nextSeq = await findMessage(service, beforeSeq, last.seq, waits)
    else this.#end = (await takeMessage(undefined, last, values)).end
    if (this.#end !== undefined) this.#nextSeq = this.#end.messageSeq + 1
    return true
  }

  #consume(): void {
    this.#stopConsumer?.()
    this.#waiting.length = 0
    if (!this.#isStopped)
      this.#stopConsumer = this.#options.service.consume(this.#nextSeq, message => this.#onMessage(message))
  }

  #onMessage(message: LogMessage): void {
    if (this.#isStopped || message.seq < this.#nextSeq) return
    // Dropped, it is missed later, and the consumer begun anew.
    if (this.#waiting.length >= FOLLOW_WAITING_MAX) return
    this.#waiting.push(message)
    if (!this.#isDraining) this.#drain().catch((thrown: unknown) => this.#break(thrown))
  }

  async #drain(): Promise<void> {
    this.#isDraining = true
    try {
      for (let message = this.#waiting.shift(); message !== undefined; message = this.#waiting.shift()) {
        if (message.seq === this.#nextSeq) await unlessUnreachable(this.#take(message))
        else if (message.seq > this.#nextSeq) this.#mendGap()
      }
    } finally {
      this.#isDraining = false
    }
  }

  async #take(message: LogMessage): Promise<void> {
    const { values, fromSeq, follower } = this.#options
    const { end, records } = await takeMessage(this.#end, message, values)
    this.#end = end
    this.#nextSeq = end.messageSeq + 1
    for (const record of records) if (record.seq >= fromSeq && !this.#isStopped) follower.onRecord(record)
  }

  /**
   * Something was left out. A new consumer begins there, once: if it leaves it out too, there is a hole to
   * look at.
   */
  #mendGap(): void {
    if (this.#gapSeq === this.#nextSeq) return
    this.#gapSeq = this.#nextSeq
    this.#consume()
  }

  /**
   * Nothing came for a while. When the log has what is next, the consumer is at fault: another one takes its
   * place.
   */
  async #mendStall(): Promise<void> {
    const { service, waits, logger } = this.#options
    const last = await service.last()
    if (last === undefined || last.seq < this.#nextSeq || this.#isDraining || this.#isStopped) return
    await readKnownFrom(service, this.#nextSeq, 1, waits)
    logger.warn({ message: this.#nextSeq }, 'the consumer of the log stands still: another one begins')
    this.#consume()
  }

  #break(thrown: unknown): void {
    if (this.#isStopped) return
    this.stop()
    if (!isKonorError(thrown)) throw thrown
    if (thrown.code !== 'KONOR_JOURNAL_CLOSED') this.#options.follower.onBroken(thrown satisfies KonorError)
  }
}
