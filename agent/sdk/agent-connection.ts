import type { CborValue } from '../../actors/vocabulary/canonical/cbor-value.ts'
import { decodeCbor } from '../../actors/vocabulary/canonical/decode-cbor.ts'
import { encodeCanonical } from '../../actors/vocabulary/canonical/encode-canonical.ts'
import { errors, type ErrorCode } from '../../actors/vocabulary/errors/index.ts'
import { KonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import type { Clock } from '../../runtime/ports/clock.ts'
import type { DialLocal, LocalStream } from '../../runtime/ports/local-stream.ts'
import { FrameReader, frameOf } from '../socket/frame.ts'
import { dialUnixSocket } from '../socket/unix-socket.ts'

/** Requests of one connection that may wait for their answer at a time. */
export const REQUESTS_WAITING_MAX = 64
/** How long an answer may take. */
export const REQUEST_TIMEOUT_MS = 10_000

export type Fields = Readonly<Record<string, CborValue>>

export interface AgentConnectionOptions {
  readonly path: string
  readonly clock: Clock
  /** Default: a Unix socket. */
  readonly dial?: DialLocal
  /** Called for every push, in order. */
  readonly onEvent: (event: string, fields: Fields) => void
  /** Called once, with what ended the connection. */
  readonly onClosed: (reason: KonorError) => void
}

interface Waiting {
  readonly resolve: (fields: Fields) => void
  readonly reject: (reason: KonorError) => void
  readonly cancelTimeout: () => void
}

/** Connects to the agent; throws `KONOR_SOCKET_UNREACHABLE` when nobody answers there. */
export function openAgentConnection(options: AgentConnectionOptions): Promise<AgentConnection> {
  return new Promise((resolve, reject) => {
    const { dial = dialUnixSocket } = options
    const socket = dial(options.path)
    const cancel = options.clock.startTimer(REQUEST_TIMEOUT_MS, () =>
      socket.destroy(new Error('no answer in time')),
    )
    const refuse = (cause: Error): void => {
      cancel()
      reject(unreachable(options.path, cause))
    }
    socket.once('error', refuse)
    socket.once('connect', () => {
      cancel()
      socket.off('error', refuse)
      resolve(new AgentConnection(socket, options))
    })
  })
}

/** One connection of the socket protocol, seen from the process: requests with their answers, and pushed events. */
export class AgentConnection {
  readonly #socket: LocalStream
  readonly #options: AgentConnectionOptions
  readonly #reader = new FrameReader()
  readonly #waiting = new Map<number, Waiting>()
  #nextId = 1
  #heardMs: number
  #broken: Error | undefined
  #closed: KonorError | undefined

  constructor(socket: LocalStream, options: AgentConnectionOptions) {
    this.#socket = socket
    this.#options = options
    this.#heardMs = options.clock.monotonicMs()
    socket.on('data', chunk => this.#receive(chunk))
    socket.on('error', cause => (this.#broken ??= cause))
    socket.once('close', () => this.#finish())
  }

  /** When anything was last received, on the monotonic clock. */
  get heardMs(): number {
    return this.#heardMs
  }

  get closed(): boolean {
    return this.#closed !== undefined
  }

  /**
   * Sends one operation. Resolves with the fields of its answer; throws the agent's own coded error,
   * `KONOR_SOCKET_REQUEST_TIMEOUT`, `KONOR_SOCKET_DISCONNECTED` or `KONOR_SOCKET_REQUESTS_FULL`.
   */
  request(op: string, fields: Readonly<Record<string, CborValue>> = {}): Promise<Fields> {
    if (this.#closed !== undefined) return Promise.reject(this.#closed)
    if (this.#waiting.size >= REQUESTS_WAITING_MAX) {
      const message = `${REQUESTS_WAITING_MAX} requests wait for their answers already`
      return Promise.reject(new KonorError('KONOR_SOCKET_REQUESTS_FULL', message))
    }
    const id = this.#nextId++
    const frame = frameOf(encodeCanonical({ id, op, ...fields }))
    return new Promise((resolve, reject) => {
      const cancelTimeout = this.#options.clock.startTimer(REQUEST_TIMEOUT_MS, () => {
        this.#waiting.delete(id)
        reject(
          new KonorError(
            'KONOR_SOCKET_REQUEST_TIMEOUT',
            `no answer to ${op} within ${REQUEST_TIMEOUT_MS} ms`,
          ),
        )
      })
      this.#waiting.set(id, { resolve, reject, cancelTimeout })
      this.#socket.write(frame)
    })
  }

  /** Breaks the connection off because of `reason`. */
  fail(reason: KonorError): void {
    this.#broken ??= reason
    this.#socket.destroy()
  }

  /** Breaks the connection off without `bye`. */
  destroy(): void {
    this.#socket.destroy()
  }

  #receive(chunk: Uint8Array): void {
    this.#heardMs = this.#options.clock.monotonicMs()
    try {
      this.#reader.push(chunk)
      for (let body = this.#reader.next(); body !== undefined; body = this.#reader.next()) this.#handle(body)
    } catch (thrown) {
      this.#socket.destroy(thrown instanceof Error ? thrown : new Error(String(thrown)))
    }
  }

  #handle(body: Uint8Array): void {
    const fields = decodeCbor(body) as Fields
    const { id, event } = fields
    if (typeof event === 'string') return this.#options.onEvent(event, fields)
    if (typeof id !== 'number') {
      // An error that answers no request is the agent's last word on this connection.
      this.#broken ??= errorOf(fields)
      return
    }
    const waiting = this.#waiting.get(id)
    if (waiting === undefined) return
    this.#waiting.delete(id)
    waiting.cancelTimeout()
    if (fields['ok'] === true) waiting.resolve(fields)
    else waiting.reject(errorOf(fields))
  }

  #finish(): void {
    const cause = this.#broken
    const reason =
      cause instanceof KonorError
        ? cause
        : new KonorError('KONOR_SOCKET_DISCONNECTED', 'the connection to the agent broke', { cause })
    this.#closed = reason
    for (const waiting of this.#waiting.values()) {
      waiting.cancelTimeout()
      waiting.reject(reason)
    }
    this.#waiting.clear()
    this.#options.onClosed(reason)
  }
}

function errorOf(fields: Fields): KonorError {
  const error = fields['error']
  const { code, message } = (typeof error === 'object' && error !== null ? error : {}) as Fields
  const text = typeof message === 'string' ? message : 'the agent refused'
  if (typeof code === 'string' && Object.hasOwn(errors, code)) return new KonorError(code as ErrorCode, text)
  return new KonorError('KONOR_SOCKET_INTERNAL', `${String(code)}: ${text}`)
}

function unreachable(path: string, cause: Error): KonorError {
  const message = `no agent answers at ${path}: start "konor agent", or set KONOR_SOCKET to its socket`
  return new KonorError('KONOR_SOCKET_UNREACHABLE', message, { cause, details: { path } })
}
