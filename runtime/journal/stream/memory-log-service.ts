import type { LogDraft, LogMessage, LogService, LogValue, PublishOutcome, PutOutcome } from './log-service.ts'

/** What outlives a `MemoryLogService`. Several services on one log are several connections to one server. */
export class MemoryLog {
  readonly messages: LogMessage[] = []
  readonly seqById = new Map<string, number>()
  readonly values = new Map<string, LogValue>()
  readonly listeners = new Set<(word: Uint8Array) => void>()
  readonly consumers = new Set<(message: LogMessage) => void>()
  revisions = 0
}

export interface MemoryLogServiceOptions {
  readonly log?: MemoryLog
  readonly payloadBytesMax?: number
  /** As a server without replicas: it looks at the expectation before it looks for duplicates. */
  readonly isStandalone?: boolean
}

const PAYLOAD_BYTES = 1024 * 1024

/** A log service for tests: everything that the port allows to go wrong goes right. */
export class MemoryLogService implements LogService {
  readonly log: MemoryLog
  readonly payloadBytesMax: number
  readonly #isStandalone: boolean

  constructor({ log, payloadBytesMax, isStandalone }: MemoryLogServiceOptions = {}) {
    this.log = log ?? new MemoryLog()
    this.payloadBytesMax = payloadBytesMax ?? PAYLOAD_BYTES
    this.#isStandalone = isStandalone ?? false
  }

  async publish({ messageId, expectedSeq, bytes }: LogDraft): Promise<PublishOutcome> {
    this.#assertFits(bytes)
    const { messages, seqById, consumers } = this.log
    const duplicateSeq = seqById.get(messageId)
    const wrongLast = { kind: 'wrong-last', lastSeq: messages.length } as const
    if (this.#isStandalone && expectedSeq !== messages.length) return wrongLast
    if (duplicateSeq !== undefined) return { kind: 'stored', seq: duplicateSeq }
    if (expectedSeq !== messages.length) return wrongLast
    const message = { seq: messages.length + 1, messageId, bytes: Uint8Array.from(bytes) }
    messages.push(message)
    seqById.set(messageId, message.seq)
    for (const consumer of consumers) consumer(message)
    return { kind: 'stored', seq: message.seq }
  }

  async read(fromSeq: number, most: number): Promise<readonly LogMessage[]> {
    return this.log.messages.slice(fromSeq - 1, fromSeq - 1 + most)
  }

  async last(): Promise<LogMessage | undefined> {
    return this.log.messages.at(-1)
  }

  consume(fromSeq: number, onMessage: (message: LogMessage) => void): () => void {
    const { messages, consumers } = this.log
    let isStopped = false
    // Not within the call: no consumer of a real service is that fast.
    queueMicrotask(() => {
      for (const message of messages.slice(fromSeq - 1)) if (!isStopped) onMessage(message)
      if (!isStopped) consumers.add(onMessage)
    })
    return () => {
      isStopped = true
      consumers.delete(onMessage)
    }
  }

  async put(key: string, bytes: Uint8Array, expectedRevision?: number): Promise<PutOutcome> {
    this.#assertFits(bytes)
    const { values } = this.log
    if (expectedRevision !== undefined && (values.get(key)?.revision ?? 0) !== expectedRevision)
      return { kind: 'wrong-revision' }
    const revision = ++this.log.revisions
    values.set(key, { revision, bytes: Uint8Array.from(bytes) })
    return { kind: 'stored', revision }
  }

  async get(key: string): Promise<LogValue | undefined> {
    return this.log.values.get(key)
  }

  async remove(key: string): Promise<void> {
    this.log.values.delete(key)
  }

  async tell(word: Uint8Array): Promise<void> {
    for (const listener of this.log.listeners) listener(word)
  }

  listen(onWord: (word: Uint8Array) => void): () => void {
    this.log.listeners.add(onWord)
    return () => this.log.listeners.delete(onWord)
  }

  async close(): Promise<void> {}

  #assertFits(bytes: Uint8Array): void {
    if (bytes.length > this.payloadBytesMax)
      throw new RangeError(`a payload of ${bytes.length} bytes; at most ${this.payloadBytesMax} fit`)
  }
}
