/**
 * A byte stream between two programs of one machine, in the shape of a connected Unix socket (`net.Socket` is one).
 * Bytes arrive in order and whole chunks stay together; nothing arrives after `close` was emitted.
 */
export interface LocalStream {
  readonly destroyed: boolean
  /** Bytes that were written here and not yet taken by the system. */
  readonly writableLength: number
  /** False: taken, and nothing more should be written until `drain`. */
  write(bytes: Uint8Array): boolean
  /** Closes the writing half behind `last`. The stream is over when both halves are. */
  end(): void
  end(last: Uint8Array): void
  /** As `end`, and the stream is over as soon as what was written has left. */
  destroySoon(): void
  /** Ends both halves at once; what has not left is lost. A cause is emitted as `error` here, not over there. */
  destroy(cause?: Error): void
  pause(): void
  resume(): void
  on(event: 'data', listener: (chunk: Uint8Array) => void): void
  on(event: 'error', listener: (error: Error) => void): void
  on(event: 'drain', listener: () => void): void
  once(event: 'connect' | 'close', listener: () => void): void
  once(event: 'error', listener: (error: Error) => void): void
  off(event: 'error', listener: (error: Error) => void): void
}

/** Begins to connect to whoever listens at `path`; `connect` or `error` follows. */
export type DialLocal = (path: string) => LocalStream

export interface LocalListener {
  /** Where local programs connect. */
  readonly path: string
  /** Called for each connection, as soon as it is there. */
  onStream(stream: LocalStream): void
  /** The listener failed after it had begun. */
  onError(error: Error): void
}

/**
 * Listens at a path of this machine; resolves when programs can connect. The answer stops listening: it resolves when
 * every accepted stream is over too.
 */
export type ListenLocal = (listener: LocalListener) => Promise<() => Promise<void>>
