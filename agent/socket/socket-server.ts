import { KonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import type { Clock } from '../../runtime/ports/clock.ts'
import type { Faults } from '../../runtime/ports/fault-points.ts'
import type { ListenLocal, LocalStream } from '../../runtime/ports/local-stream.ts'
import type { Logger } from '../../runtime/ports/logger.ts'
import type { Random } from '../../runtime/ports/random.ts'
import type { GroupService } from '../groups/group-service.ts'
import { errorBody } from './error-body.ts'
import { frameOf } from './frame.ts'
import { ServedStates } from './served-states.ts'
import type { SessionContext } from './session-context.ts'
import { Session } from './session.ts'
import { CONNECTIONS_MAX, HELLO_TIMEOUT_MS, REFUSALS_LINGERING_MAX } from './socket-limits.ts'
import { SocketOutbox } from './socket-outbox.ts'
import { listenUnixSocket } from './unix-socket.ts'

export interface SocketServerOptions {
  readonly path: string
  readonly service: GroupService
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly faults: Faults
  /** Default: a Unix socket. */
  readonly listen?: ListenLocal
  /** Connections at a time; default 512. */
  readonly connectionsMax?: number
}

export interface SocketServer {
  readonly path: string
  /** Connections that are open now. */
  connections(): number
  /** Unread and unsent bytes of all connections. */
  bufferedBytes(): number
  /** Stops accepting, tells every process that the agent stops, removes the socket file. Calling it again is fine. */
  close(): Promise<void>
}

/**
 * Serves the local processes of a node on a Unix socket. Resolves when it listens; throws what `listenUnixSocket`
 * throws.
 */
export async function startSocketServer(options: SocketServerOptions): Promise<SocketServer> {
  const host = new SocketHostServer(options)
  await host.listen()
  return host
}

class SocketHostServer implements SocketServer {
  readonly path: string
  readonly #options: SocketServerOptions
  readonly #context: SessionContext
  readonly #sessions = new Map<LocalStream, Session>()
  #stopListening: () => Promise<void> = async () => undefined
  #refused = 0
  #closing: Promise<void> | undefined
  /** When the timeouts of sessions are looked at next: while nothing can be due, nobody is woken. */
  #sweepAtMs = Infinity
  #cancelSweep: () => void = () => undefined
  #stopWatching: () => void = () => undefined

  constructor(options: SocketServerOptions) {
    this.path = options.path
    this.#options = options
    const { service, clock, logger, faults } = options
    const states = new ServedStates(service)
    this.#context = { service, states, clock, logger, faults, holders: new Map(), buffered: { bytes: 0 } }
  }

  async listen(): Promise<void> {
    const { listen = listenUnixSocket } = this.#options
    this.#stopListening = await listen({
      path: this.path,
      onStream: stream => this.#accept(stream),
      onError: err => this.#context.logger.error({ err }, 'the socket server failed'),
    })
    this.#stopWatching = this.#context.service.onServed(group => {
      for (const session of this.#sessions.values()) session.served(group)
    })
  }

  connections(): number {
    return this.#sessions.size
  }

  bufferedBytes(): number {
    return this.#context.buffered.bytes
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    this.#cancelSweep()
    this.#stopWatching()
    const closed = this.#stopListening()
    for (const session of this.#sessions.values()) session.stop()
    await closed
  }

  #accept(socket: LocalStream): void {
    const { clock, connectionsMax = CONNECTIONS_MAX } = this.#options
    // A reset by the other side is an end like any other: 'close' follows.
    socket.on('error', err => this.#context.logger.debug({ err }, 'a connection of a process broke'))
    if (this.#closing !== undefined || this.#sessions.size >= connectionsMax) return this.#refuse(socket)
    const outbox = new SocketOutbox(socket, clock, () => resume())
    const session = new Session(this.#context, outbox)
    const resume = (): void => {
      session.pump()
      if (!session.congested) socket.resume()
    }
    this.#sessions.set(socket, session)
    this.#sweepBy(clock.monotonicMs() + HELLO_TIMEOUT_MS)
    socket.on('data', chunk => {
      session.receive(chunk)
      if (session.congested) socket.pause()
    })
    socket.once('close', () => {
      this.#sessions.delete(socket)
      session.disconnected()
    })
  }

  #refuse(socket: LocalStream): void {
    const error = new KonorError(
      this.#closing === undefined ? 'KONOR_SOCKET_CONNECTIONS_FULL' : 'KONOR_SOCKET_CLOSING',
      'the agent takes no further connection now: connect again later',
    )
    const frame = frameOf(errorBody(null, error))
    if (this.#refused >= REFUSALS_LINGERING_MAX) {
      // A crowd at the door must not hold descriptors: who writes first may miss why it was refused.
      socket.write(frame)
      socket.destroySoon()
      return
    }
    this.#refused++
    socket.once('close', () => this.#refused--)
    new SocketOutbox(socket, this.#context.clock, () => undefined).abort(frame)
  }

  /**
   * A timeout that begins while a session is open (a frame that was begun) ends later than the look at it that is
   * planned already: only a new session may need an earlier one.
   */
  #sweepBy(atMs: number): void {
    if (atMs >= this.#sweepAtMs || this.#closing !== undefined) return
    const { clock } = this.#context
    this.#cancelSweep()
    this.#sweepAtMs = atMs
    this.#cancelSweep = clock.startTimer(Math.max(0, atMs - clock.monotonicMs()), () => this.#sweep())
  }

  #sweep(): void {
    this.#sweepAtMs = Infinity
    const nowMs = this.#context.clock.monotonicMs()
    let nextMs = Infinity
    for (const session of this.#sessions.values()) nextMs = Math.min(nextMs, session.sweep(nowMs))
    this.#sweepBy(nextMs)
  }
}
