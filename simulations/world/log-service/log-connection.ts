import type {
  LogDraft,
  LogMessage,
  LogService,
  LogValue,
  PublishOutcome,
  PutOutcome,
} from '../../../runtime/journal/stream/log-service.ts'
import { unreachable } from '../../../runtime/journal/stream/service-error.ts'
import type { Program } from '../program.ts'
import { LogConsumer } from './log-consumer.ts'
import type { LogSubscriber, SimulatedLog } from './simulated-log.ts'

/** What a request waits for its answer. */
const ANSWER_TIMEOUT_MS = 5_000
/** Mean time by which a request that is late comes later than its sender waits. */
const LATE_MS = 2_000
const PAYLOAD_BYTES_MAX = 1024 * 1024

/** What one program sees of the log service. */
export class LogConnection implements LogService, LogSubscriber {
  readonly payloadBytesMax = PAYLOAD_BYTES_MAX
  readonly service: SimulatedLog
  readonly program: Program
  readonly #consumers = new Set<LogConsumer>()
  readonly #listeners = new Set<(word: Uint8Array) => void>()

  constructor(service: SimulatedLog, program: Program) {
    this.service = service
    this.program = program
    service.subscribers.add(this)
    program.onEnd(() => service.subscribers.delete(this))
  }

  get #machine(): string {
    return this.program.machine.name
  }

  publish({ messageId, expectedSeq, bytes }: LogDraft): Promise<PublishOutcome> {
    const operation = { kind: 'message', messageId, bytes: Uint8Array.from(bytes) } as const
    return this.#write<PublishOutcome>({ kind: 'unknown' }, answer =>
      this.service.publish(this.program, operation, expectedSeq, answer),
    )
  }

  put(key: string, bytes: Uint8Array, expectedRevision?: number): Promise<PutOutcome> {
    const operation = { kind: 'value', key, bytes: Uint8Array.from(bytes) } as const
    return this.#write<PutOutcome>({ kind: 'unknown' }, answer =>
      this.service.put(this.program, operation, expectedRevision, answer),
    )
  }

  async remove(key: string): Promise<void> {
    await this.#write<PutOutcome>({ kind: 'unknown' }, answer =>
      this.service.put(this.program, { kind: 'value', key, bytes: undefined }, undefined, answer),
    )
  }

  read(fromSeq: number, most: number): Promise<readonly LogMessage[]> {
    return this.#read('any', operations => this.service.log.read(fromSeq, most, operations))
  }

  last(): Promise<LogMessage | undefined> {
    return this.#read('any', operations => {
      const { log } = this.service
      return log.read(log.lastSeq(operations), 1, operations)[0]
    })
  }

  get(key: string, from: 'any' | 'leader'): Promise<LogValue | undefined> {
    return this.#read(from, operations => this.service.log.value(key, operations))
  }

  consume(fromSeq: number, onMessage: (message: LogMessage) => void): () => void {
    const consumer = new LogConsumer(this, fromSeq, onMessage)
    this.#consumers.add(consumer)
    return () => {
      this.#consumers.delete(consumer)
      consumer.stop()
    }
  }

  async tell(word: Uint8Array): Promise<void> {
    const { service } = this
    service.world.after(this.#wayThereMs(), () => {
      if (service.isCutFrom(this.#machine) || service.isOnOldSide(this.#machine)) return
      for (const subscriber of service.subscribers) subscriber.onWord(word)
    })
  }

  listen(onWord: (word: Uint8Array) => void): () => void {
    this.#listeners.add(onWord)
    return () => this.#listeners.delete(onWord)
  }

  async close(): Promise<void> {
    this.service.subscribers.delete(this)
    for (const consumer of this.#consumers) consumer.stop()
  }

  onCommitted(seq: number): void {
    for (const consumer of this.#consumers) consumer.onCommitted(seq)
  }

  onNewLeader(): void {
    for (const consumer of this.#consumers) consumer.onNewLeader()
  }

  onWord(word: Uint8Array): void {
    if (this.hits('wordsLost')) return
    this.program.later(this.wayMs(), () => {
      if (!this.isAway()) for (const listener of this.#listeners) listener(word)
    })
  }

  /** Nothing that others say reaches this program now. */
  isAway(): boolean {
    return this.service.isCutTo(this.#machine) || this.service.isOnOldSide(this.#machine)
  }

  /** How long something takes from the service to this program. */
  wayMs(): number {
    const { network, machine } = this.service
    return network.linkDelayMs(machine.name, this.#machine) + this.#slownessMs()
  }

  #wayThereMs(): number {
    const { network, machine } = this.service
    return network.linkDelayMs(this.#machine, machine.name) + this.#slownessMs()
  }

  #slownessMs(): number {
    return this.service.exponential(this.service.conditions.slowMs)
  }

  /** Whether chance has it that one of these shares of all strikes now; 0 draws nothing. */
  hits(
    share: 'requestsLost' | 'requestsLate' | 'answersLost' | 'doubled' | 'skipped' | 'stalls' | 'wordsLost',
  ): boolean {
    const part = this.service.conditions[share]
    return part > 0 && this.service.random.fraction() < part
  }

  /** Something that may have happened without an answer: then it is `unknown`. */
  #write<T>(unknown: T, work: (answer: (outcome: T) => void) => void): Promise<T> {
    return new Promise(resolve => {
      const cancel = this.program.later(ANSWER_TIMEOUT_MS, () => resolve(unknown))
      this.#send(work, outcome => {
        cancel()
        resolve(outcome)
      })
    })
  }

  #read<T>(from: 'any' | 'leader', look: (operations: number) => T): Promise<T> {
    return new Promise((resolve, reject) => {
      const fail = (why: string): void => {
        cancel()
        reject(unreachable(why))
      }
      const cancel = this.program.later(ANSWER_TIMEOUT_MS, () => fail('the log service does not answer'))
      this.#send<() => void>(
        answer => {
          const operations = this.service.operationsFor(this.#machine, from)
          if (operations === undefined) return answer(() => fail('the log service has no leader'))
          const found = look(operations)
          answer(() => {
            cancel()
            resolve(found)
          })
        },
        act => act(),
      )
    })
  }

  /** There and back again, or not. */
  #send<T>(work: (answer: (value: T) => void) => void, heard: (value: T) => void): void {
    const { service, program } = this
    // What a program that is gone still asks leaves no machine.
    if (!program.isAlive || this.hits('requestsLost')) return
    const { ambiguous } = service.store.conditions
    const isUnclear = ambiguous > 0 && service.random.fraction() < ambiguous
    if (isUnclear && service.random.fraction() < 0.5) return
    const lateMs = this.hits('requestsLate') ? ANSWER_TIMEOUT_MS + service.exponential(LATE_MS) : 0
    service.world.after(this.#wayThereMs() + lateMs, () => {
      if (service.isCutFrom(this.#machine)) return
      work(value => {
        if (isUnclear || this.hits('answersLost')) return
        service.world.after(this.wayMs(), () => {
          if (!service.isCutTo(this.#machine)) program.enter(() => heard(value))
        })
      })
    })
  }
}
