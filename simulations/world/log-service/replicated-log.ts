import type { LogMessage, LogValue } from '../../../runtime/journal/stream/log-service.ts'

/**
 * What a majority has agreed on, in its order: a message of the log, or a value, or that a value is no more.
 */
export type Operation =
  | { readonly kind: 'message'; readonly messageId: string; readonly bytes: Uint8Array }
  | { readonly kind: 'value'; readonly key: string; readonly bytes: Uint8Array | undefined }

interface Version {
  readonly operation: number
  readonly bytes: Uint8Array | undefined
}

/**
 * What is committed, seen as of any number of operations: replicas that lag, and leaders of old, saw less of
 * it.
 */
export class ReplicatedLog {
  readonly #messages: { readonly operation: number; readonly message: LogMessage }[] = []
  readonly #versions = new Map<string, Version[]>()
  readonly #seqById = new Map<string, { readonly seq: number; readonly atMs: number }>()
  readonly #committedAtMs: number[] = []

  /** How many operations are committed. */
  get operations(): number {
    return this.#committedAtMs.length
  }

  commit(operation: Operation, nowMs: number): { readonly seq: number; readonly revision: number } {
    this.#committedAtMs.push(nowMs)
    const revision = this.operations
    if (operation.kind === 'value') {
      const versions = this.#versions.get(operation.key) ?? []
      versions.push({ operation: revision, bytes: operation.bytes })
      this.#versions.set(operation.key, versions)
      return { seq: 0, revision }
    }
    const { messageId, bytes } = operation
    const message = { seq: this.#messages.length + 1, messageId, bytes }
    this.#messages.push({ operation: revision, message })
    this.#seqById.set(messageId, { seq: message.seq, atMs: nowMs })
    return { seq: message.seq, revision }
  }

  /** The last sequence of the log as of so many operations. */
  lastSeq(operations: number): number {
    let count = this.#messages.length
    while (count > 0 && (this.#messages[count - 1]?.operation ?? 0) > operations) count--
    return count
  }

  read(fromSeq: number, most: number, operations: number): readonly LogMessage[] {
    const toSeq = Math.min(this.lastSeq(operations), fromSeq - 1 + most)
    return this.#messages.slice(fromSeq - 1, toSeq).map(({ message }) => message)
  }

  value(key: string, operations: number): LogValue | undefined {
    const found = this.#versions.get(key)?.findLast(({ operation }) => operation <= operations)
    if (found?.bytes === undefined) return undefined
    return { revision: found.operation, bytes: found.bytes }
  }

  /**
   * Where a message of that id is stored, when it was committed after `sinceMs` and within so many
   * operations.
   */
  seqOf(messageId: string, sinceMs: number, operations: number): number | undefined {
    const found = this.#seqById.get(messageId)
    if (found === undefined || found.atMs < sinceMs) return undefined
    return found.seq <= this.lastSeq(operations) ? found.seq : undefined
  }

  /** Forgets what was committed after `sinceMs`, as servers do that acknowledge before they sync. */
  loseSince(sinceMs: number): void {
    const kept = this.#committedAtMs.findIndex(atMs => atMs > sinceMs)
    if (kept < 0) return
    for (const { message } of this.#messages.splice(this.lastSeq(kept)))
      this.#seqById.delete(message.messageId)
    for (const versions of this.#versions.values()) {
      const left = versions.filter(({ operation }) => operation <= kept)
      versions.splice(0, versions.length, ...left)
    }
    this.#committedAtMs.length = kept
  }
}
