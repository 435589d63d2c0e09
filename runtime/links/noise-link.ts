import type { Socket } from 'node:net'
import { isKonorError, KonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import { FRAME_HEADER_BYTES, FRAME_SEAL_BYTES, KIND_BYTES } from './frame-guard.ts'
import { GuardedSocket, type UnfinishedBudget } from './guarded-socket.ts'
import {
  type KeyPair,
  type Link,
  LINK_FLUSH_TIMEOUT_MS,
  LINK_MESSAGE_BYTES_MAX,
  LINK_QUEUE_BYTES_MAX,
  type LinkHandler,
  type PublicKey,
} from './link.ts'
import { formatLinkAddress } from './link-address.ts'
import { createSecretStream, type SecretStream } from './secret-stream.ts'

export interface NoiseLinkOptions {
  readonly keyPair: KeyPair
  /** Given by the side that dials: the key that the other side must prove. */
  readonly remotePublicKey?: PublicKey
  readonly budget: UnfinishedBudget
  readonly frameTimeoutMs: number
  /** Both keys are proven: who handles the messages? Called at most once, before the first of them. */
  readonly onOpen: (link: NoiseLink) => LinkHandler
  /** The connection is over, whether it ever opened or not. */
  readonly onClosed: (link: NoiseLink, reason: Error | undefined) => void
}

/**
 * The first byte of every sealed frame says what it is. It also keeps a frame from being empty: streamx counts what it
 * queues in bytes and forgets empty ones.
 */
const KIND_CONFIRMATION = 0
const KIND_MESSAGE = 1

/** One connection with Noise IK and secretstream on it, from its handshake to its end. */
export class NoiseLink implements Link {
  readonly remoteAddress: string
  readonly localAddress: string
  readonly closed: Promise<Error | undefined>
  readonly #options: NoiseLinkOptions
  readonly #socket: GuardedSocket
  readonly #stream: SecretStream
  #resolveClosed: (reason: Error | undefined) => void = () => {}
  #handler: LinkHandler | undefined
  #reason: Error | undefined
  #closing = false
  #over = false
  #flushTimer: NodeJS.Timeout | undefined
  /** Bytes of messages that the secret stream holds and has not yet given to the socket. */
  #unsealedBytes = 0
  #waiting: (() => void)[] | undefined

  constructor(socket: Socket, options: NoiseLinkOptions) {
    this.#options = options
    this.remoteAddress = `${socket.remoteAddress ?? '?'}:${socket.remotePort ?? 0}`
    this.localAddress = formatLinkAddress({ host: socket.localAddress ?? '?', port: socket.localPort ?? 0 })
    this.closed = new Promise(resolve => (this.#resolveClosed = resolve))
    const isInitiator = options.remotePublicKey !== undefined
    this.#socket = new GuardedSocket(socket, {
      isInitiator,
      budget: options.budget,
      frameTimeoutMs: options.frameTimeoutMs,
      events: {
        onFrameSent: frameBytes => this.#frameSent(frameBytes),
        onRefused: error => this.fail(isInitiator && this.#handler === undefined ? wrongPeer(error) : error),
        onSocketError: error => this.fail(this.#broken(error)),
        onEndedEarly: () => this.fail(this.#broken(undefined)),
        onClosed: () => this.#finish(),
      },
    })
    this.#stream = createSecretStream(isInitiator, this.#socket, {
      pattern: 'IK',
      keyPair: options.keyPair,
      enableSend: false,
      ...(options.remotePublicKey === undefined ? {} : { remotePublicKey: options.remotePublicKey }),
    })
    if (isInitiator) this.#stream.on('connect', () => this.#confirm())
    this.#stream.on('data', frame => this.#take(frame))
    this.#stream.on('end', () => this.#remoteEnded())
    this.#stream.on('error', error => this.#streamFailed(error))
  }

  get remotePublicKey(): PublicKey {
    const key = this.#stream.remotePublicKey
    if (key === null) throw new Error('the key of a peer is known only after its handshake')
    return key
  }

  /** Why the link is going down, once it is. */
  get reason(): Error | undefined {
    return this.#reason
  }

  send(message: Uint8Array): boolean {
    if (message.length > LINK_MESSAGE_BYTES_MAX) throw tooLong(message.length)
    if (this.#closing) return true
    if (this.#unsealedBytes + this.#socket.queuedBytes + message.length > LINK_QUEUE_BYTES_MAX) return false
    this.#seal(KIND_MESSAGE, message)
    return true
  }

  drained(): Promise<void> {
    return new Promise(resolve => {
      this.#waiting ??= []
      this.#waiting.push(resolve)
      this.#settleDrained()
    })
  }

  close(reason?: Error): void {
    if (this.#closing) return
    this.#closing = true
    this.#reason = reason
    if (this.#handler === undefined) return this.#socket.destroy()
    this.#stream.end()
    // A handler that holds the reading back would keep the peer's end from being seen.
    this.#stream.resume()
    this.#flushTimer = setTimeout(() => this.#socket.destroy(), LINK_FLUSH_TIMEOUT_MS)
    this.#settleDrained()
  }

  /** Ends the connection at once. */
  fail(reason: Error): void {
    if (!this.#closing) this.#reason = reason
    this.#closing = true
    this.#socket.destroy()
  }

  #seal(kind: number, message: Uint8Array): void {
    const frame = Buffer.allocUnsafe(KIND_BYTES + message.length)
    frame[0] = kind
    frame.set(message, KIND_BYTES)
    this.#unsealedBytes += message.length
    this.#stream.write(frame)
  }

  #frameSent(frameBytes: number): void {
    this.#unsealedBytes -= frameBytes - FRAME_HEADER_BYTES - FRAME_SEAL_BYTES - KIND_BYTES
    if (this.#waiting !== undefined) this.#settleDrained()
  }

  #settleDrained(): void {
    if (this.#waiting === undefined) return
    if (!this.#over && !this.#closing) {
      if (this.#unsealedBytes > 0) return
      if (this.#socket.needsDrain) return this.#socket.onceDrained(() => this.#settleDrained())
    }
    const waiting = this.#waiting
    this.#waiting = undefined
    for (const resolve of waiting) resolve()
  }

  /**
   * The responder's answer proved its key, freshly. The initiator's first message may be a replay of an older one: it
   * proves its own key with one sealed confirmation, and only then is a link for the other side.
   */
  #confirm(): void {
    this.#seal(KIND_CONFIRMATION, new Uint8Array(0))
    this.#open()
  }

  #open(): void {
    try {
      this.#handler = this.#options.onOpen(this)
    } catch (thrown) {
      this.fail(handlerFailed(thrown))
    }
  }

  #take(frame: Uint8Array): void {
    if (this.#closing) return
    const kind = frame[0]
    if (this.#handler === undefined && kind === KIND_CONFIRMATION) return this.#open()
    if (this.#handler === undefined || kind !== KIND_MESSAGE)
      return this.fail(
        new KonorError('KONOR_LINK_MALFORMED', `the peer sent a frame of kind ${kind} where none may be`),
      )
    try {
      const handled = this.#handler.onMessage(frame.subarray(KIND_BYTES))
      if (handled !== undefined) this.#holdWhile(handled)
    } catch (thrown) {
      this.close(handlerFailed(thrown))
    }
  }

  #holdWhile(handled: Promise<void>): void {
    this.#stream.pause()
    handled.then(
      () => this.#stream.resume(),
      (thrown: unknown) => this.close(handlerFailed(thrown)),
    )
  }

  #remoteEnded(): void {
    if (this.#handler === undefined) return this.fail(this.#broken(undefined))
    this.#closing = true
    this.#socket.destroy()
  }

  #streamFailed(error: Error): void {
    if (this.#closing) return
    const isDialling = this.#options.remotePublicKey !== undefined && this.#handler === undefined
    this.fail(isDialling ? wrongPeer(error) : this.#broken(error))
  }

  /** What a failure below means to whoever reads it. */
  #broken(cause: Error | undefined): KonorError {
    if (isKonorError(cause)) return cause
    if (this.#handler !== undefined)
      return new KonorError('KONOR_LINK_BROKEN', `the link broke: ${cause?.message ?? 'closed'}`, { cause })
    return new KonorError(
      'KONOR_LINK_REFUSED',
      `${this.remoteAddress} closed the connection before the handshake was done: it is full, stopping, or no link`,
      { cause },
    )
  }

  #finish(): void {
    if (this.#over) return
    this.#over = true
    if (!this.#closing && this.#handler === undefined) this.#reason = this.#broken(undefined)
    this.#closing = true
    clearTimeout(this.#flushTimer)
    this.#stream.destroy()
    this.#settleDrained()
    this.#resolveClosed(this.#reason)
    this.#options.onClosed(this, this.#reason)
  }
}

function tooLong(sizeBytes: number): KonorError {
  return new KonorError(
    'KONOR_LINK_OVERSIZED',
    `a message of ${sizeBytes} bytes is over ${LINK_MESSAGE_BYTES_MAX}: send it in chunks`,
  )
}

function wrongPeer(cause: Error): KonorError {
  return new KonorError('KONOR_LINK_WRONG_PEER', 'the peer answered without proof of the pinned key', {
    cause,
  })
}

function handlerFailed(thrown: unknown): Error {
  if (isKonorError(thrown)) return thrown
  return new KonorError('KONOR_LINK_HANDLER', 'a message of the peer could not be handled', { cause: thrown })
}
