/** Longest single message on a link; larger things go in chunks of `LINK_CHUNK_BYTES`. */
export const LINK_MESSAGE_BYTES_MAX = 256 * 1024
export const LINK_CHUNK_BYTES = 64 * 1024
/** Bytes waiting to be sent on one link before `send` refuses: a slow peer costs itself, never the others. */
export const LINK_QUEUE_BYTES_MAX = 4 * 1024 * 1024
/** How long a closing link may take to flush what was sent before. */
export const LINK_FLUSH_TIMEOUT_MS = 1_000

/** An Ed25519 public key, 32 bytes: the identity of a peer. Addresses are only attributes. */
export type PublicKey = Uint8Array

export interface KeyPair {
  readonly publicKey: PublicKey
  readonly secretKey: Uint8Array
}

/**
 * One authenticated, encrypted, message-preserving stream between two peers. Messages arrive in order or the link
 * closes; nothing is delivered after `close`.
 */
export interface Link {
  readonly remotePublicKey: PublicKey
  /** Where the peer is, for logs only. */
  readonly remoteAddress: string
  /** Where this end is, `HOST:PORT`: the address of this machine on the way to the peer. */
  readonly localAddress: string
  /**
   * Queues one message of 0 to `LINK_MESSAGE_BYTES_MAX` bytes; the bytes belong to the link from then on. False: the
   * queue is past its bound and the message was NOT taken; wait for `drained`. A taken message may still be lost with
   * the link. On a closed link it is dropped and the answer is true, since nothing would ever drain. A longer message
   * throws `KONOR_LINK_OVERSIZED`.
   */
  send(message: Uint8Array): boolean
  /** Resolves when the queue has (nearly) emptied, or the link closed. */
  drained(): Promise<void>
  /**
   * Ends the link: what was sent before is flushed within `LINK_FLUSH_TIMEOUT_MS`, nothing more is delivered here.
   * Calling it again does nothing.
   */
  close(reason?: Error): void
  /** Resolves once all is over: with `close`'s reason or what broke the link, undefined after a plain `close()`. */
  readonly closed: Promise<Error | undefined>
}

export interface LinkHandler {
  /**
   * Called once for each whole message, in order; the bytes are the handler's to keep. While a returned promise is
   * pending nothing more is read from this peer (a ping neither), which is how a reader pushes back. A throw or a
   * rejection closes the link.
   */
  onMessage(message: Uint8Array): void | Promise<void>
}

export interface LinkServer {
  /** `host:port` that was really bound (port 0 asks for a free one). */
  readonly address: string
  /** Links open now, authenticated or not: bounded by `connectionsMax`. */
  readonly connections: number
  /** Stops listening and closes every link. */
  close(): Promise<void>
}

export interface ListenOptions {
  readonly address: string
  readonly keyPair: KeyPair
  /**
   * Past it a new connection takes the place of the one that has waited longest for its handshake; when all have done
   * theirs, the new one is closed at once. Clients that are connected go on.
   */
  readonly connectionsMax: number
  /** Connections that have not finished the handshake by then are closed. */
  readonly handshakeTimeoutMs: number
  /** Called for each link whose handshake succeeded; the returned handler receives its messages. */
  onLink(link: Link): LinkHandler
  /** Told when a connection could not be accepted (`KONOR_LINK_ACCEPT`); the server goes on listening. */
  onError?(error: Error): void
}

export interface DialOptions {
  readonly address: string
  readonly keyPair: KeyPair
  /** The key that the peer must prove to hold, pinned by the token. Another key is `KONOR_LINK_WRONG_PEER`. */
  readonly remotePublicKey: PublicKey
  readonly timeoutMs: number
  readonly handler: (link: Link) => LinkHandler
}

/** A way to reach a peer. `dial` makes one attempt; reconnecting with capped jitter is `keepLinked`'s business. */
export interface LinkTransport {
  listen(options: ListenOptions): Promise<LinkServer>
  dial(options: DialOptions): Promise<Link>
}
