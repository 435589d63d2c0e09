import type { Socket } from 'node:net'
import { KonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import { FrameGuard } from './frame-guard.ts'
import type { RawStream } from './secret-stream.ts'

/** The count of bytes that unfinished messages hold, shared by the links of one server. */
export interface UnfinishedBudget {
  usedBytes: number
  readonly maxBytes: number
}

export interface GuardedSocketEvents {
  /** A frame of the secret stream is on its way to the kernel. */
  onFrameSent(frameBytes: number): void
  /** What the peer sent cannot be used: a coded error. Nothing of it was given on. */
  onRefused(error: KonorError): void
  onSocketError(error: Error): void
  /** The peer ended before its part of the handshake was there: the secret stream would wait on. */
  onEndedEarly(): void
  /** The connection is over; the last event. */
  onClosed(): void
}

/** The handshake's own frames come before those of messages: one Noise message and one stream header each side. */
const SETUP_FRAMES = 2

/**
 * What a responder answers, in the clear, to a handshake it cannot read: a frame of one byte. It lets an honest dialler
 * tell "another key answers here" from "nobody answers". It proves nothing and is believed for nothing else.
 */
const CANNOT_ANSWER = Uint8Array.of(1, 0, 0, 0)

/**
 * A TCP connection as the secret stream wants it, with our bounds in front of it: lengths are judged before memory is
 * taken, unfinished messages are counted and timed. Writing never pushes back here; the link counts what waits.
 */
export class GuardedSocket implements RawStream {
  readonly #socket: Socket
  readonly #isInitiator: boolean
  readonly #guard: FrameGuard
  readonly #events: GuardedSocketEvents
  readonly #budget: UnfinishedBudget
  readonly #frameTimeoutMs: number
  #onData: ((bytes: Uint8Array) => void) | undefined
  #onEnd: (() => void) | undefined
  #onClose: (() => void) | undefined
  #unfinishedBytes = 0
  #frameTimer: NodeJS.Timeout | undefined
  #framesWritten = 0
  #destroyed = false
  #refused = false

  constructor(
    socket: Socket,
    options: {
      isInitiator: boolean
      budget: UnfinishedBudget
      frameTimeoutMs: number
      events: GuardedSocketEvents
    },
  ) {
    this.#socket = socket
    this.#isInitiator = options.isInitiator
    this.#guard = new FrameGuard(!options.isInitiator)
    this.#events = options.events
    this.#budget = options.budget
    this.#frameTimeoutMs = options.frameTimeoutMs
    socket.setNoDelay(true)
    socket.on('data', bytes => this.#take(bytes))
    socket.on('end', () => this.#ended())
    socket.on('error', error => this.#events.onSocketError(error))
    socket.on('close', () => this.#closed())
  }

  /** Bytes that wait for the kernel. */
  get queuedBytes(): number {
    return this.#socket.writableLength
  }

  /** True while the kernel takes no more and a `drain` will follow. */
  get needsDrain(): boolean {
    return this.#socket.writableNeedDrain
  }

  onceDrained(listener: () => void): void {
    this.#socket.once('drain', listener)
  }

  on(event: string, listener: (argument: never) => void): void {
    // The secret stream registers each listener once: fields cost less than an emitter for each of many links. Its
    // `drain` is never needed since `write` never pushes back; errors go to the link, which knows what they mean.
    if (event === 'data') this.#onData = listener as (bytes: Uint8Array) => void
    else if (event === 'end') this.#onEnd = listener as () => void
    else if (event === 'close') this.#onClose = listener as () => void
  }

  write(bytes: Uint8Array): boolean {
    this.#framesWritten++
    this.#socket.write(bytes)
    if (this.#framesWritten > SETUP_FRAMES) this.#events.onFrameSent(bytes.length)
    return true
  }

  end(): void {
    this.#socket.end()
  }

  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  destroy(): void {
    if (this.#destroyed) return
    this.#destroyed = true
    if (this.#isInitiator || this.#framesWritten > 0 || this.#guard.frames !== 1)
      return void this.#socket.destroy()
    this.#socket.write(CANNOT_ANSWER)
    this.#socket.destroySoon()
  }

  #take(bytes: Uint8Array): void {
    if (this.#refused) return
    const wrong = this.#guard.refuse(bytes) ?? this.#overBudget()
    if (wrong === undefined) return this.#onData?.(bytes)
    this.#refused = true
    this.#events.onRefused(wrong)
  }

  #overBudget(): KonorError | undefined {
    const unfinishedBytes = this.#guard.unfinishedBytes
    if (unfinishedBytes === this.#unfinishedBytes) return undefined
    this.#budget.usedBytes += unfinishedBytes - this.#unfinishedBytes
    this.#unfinishedBytes = unfinishedBytes
    clearTimeout(this.#frameTimer)
    this.#frameTimer = undefined
    if (unfinishedBytes === 0) return undefined
    if (this.#budget.usedBytes > this.#budget.maxBytes)
      return new KonorError('KONOR_LINK_BUSY', 'too many messages are half received; come again later')
    this.#frameTimer = setTimeout(() => this.#stalled(), this.#frameTimeoutMs)
    return undefined
  }

  #stalled(): void {
    this.#refused = true
    this.#events.onRefused(
      new KonorError('KONOR_LINK_STALLED', `a message was not finished within ${this.#frameTimeoutMs} ms`),
    )
  }

  #ended(): void {
    if (this.#guard.frames < SETUP_FRAMES) return this.#events.onEndedEarly()
    if (!this.#guard.atBoundary)
      this.#events.onSocketError(new KonorError('KONOR_LINK_BROKEN', 'the connection ended within a message'))
    this.#onEnd?.()
  }

  #closed(): void {
    clearTimeout(this.#frameTimer)
    this.#budget.usedBytes -= this.#unfinishedBytes
    this.#unfinishedBytes = 0
    this.#onClose?.()
    this.#events.onClosed()
  }
}
