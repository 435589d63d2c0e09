import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { KonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import type { UnfinishedBudget } from './guarded-socket.ts'
import type { LinkServer, ListenOptions } from './link.ts'
import { formatLinkAddress, parseLinkAddress } from './link-address.ts'
import { NoiseLink } from './noise-link.ts'
import { LINK_BACKLOG, type TcpLimits } from './tcp-limits.ts'

/** The listening side of `tcp`. A crowd that never finishes its handshakes only pushes out its own. */
export class TcpServer implements LinkServer {
  readonly #options: ListenOptions
  readonly #limits: TcpLimits
  readonly #server: Server
  readonly #budget: UnfinishedBudget
  /** Connections whose handshake goes on, the oldest first. */
  readonly #shaking = new Map<NoiseLink, NodeJS.Timeout>()
  readonly #open = new Set<NoiseLink>()
  #closing = false
  #allClosed: () => void = () => {}

  private constructor(options: ListenOptions, limits: TcpLimits) {
    this.#options = options
    this.#limits = limits
    this.#budget = { usedBytes: 0, maxBytes: limits.unfinishedBytesMax }
    this.#server = createServer({ allowHalfOpen: true }, socket => this.#accept(socket))
  }

  static async listen(options: ListenOptions, limits: TcpLimits): Promise<TcpServer> {
    const { host, port } = parseLinkAddress(options.address)
    const server = new TcpServer(options, limits)
    server.#server.listen({ host, port, backlog: LINK_BACKLOG })
    try {
      await once(server.#server, 'listening')
    } catch (cause) {
      throw new KonorError('KONOR_LINK_LISTEN', `cannot listen for links at ${options.address}`, { cause })
    }
    // Without a listener of its own, one failed accept would end the process.
    server.#server.on('error', cause => options.onError?.(acceptFailed(cause)))
    return server
  }

  get address(): string {
    const bound = this.#server.address()
    if (bound === null || typeof bound === 'string') return this.#options.address
    return formatLinkAddress({ host: bound.address, port: bound.port })
  }

  get connections(): number {
    return this.#shaking.size + this.#open.size
  }

  async close(): Promise<void> {
    this.#closing = true
    const stopped = new Promise<void>(resolve => this.#server.close(() => resolve()))
    const emptied = new Promise<void>(resolve => (this.#allClosed = resolve))
    for (const link of [...this.#shaking.keys(), ...this.#open]) link.close()
    if (this.connections === 0) this.#allClosed()
    await Promise.all([stopped, emptied])
  }

  #accept(socket: Socket): void {
    if (this.#closing || !this.#makeRoom()) {
      // Between accept and here the peer may already have reset the connection: that is its end too.
      socket.on('error', () => {})
      socket.destroy()
      return
    }
    const link: NoiseLink = new NoiseLink(socket, {
      keyPair: this.#options.keyPair,
      budget: this.#budget,
      frameTimeoutMs: this.#limits.frameTimeoutMs,
      onOpen: () => this.#opened(link),
      onClosed: () => this.#closed(link),
    })
    const late = (): void =>
      link.fail(new KonorError('KONOR_LINK_TIMEOUT', 'the peer did not finish its handshake in time'))
    this.#shaking.set(link, setTimeout(late, this.#options.handshakeTimeoutMs))
  }

  #makeRoom(): boolean {
    const isFull = this.connections >= this.#options.connectionsMax
    if (!isFull && this.#shaking.size < this.#limits.handshakesMax) return true
    const [oldest] = this.#shaking.keys()
    if (oldest === undefined) return false
    this.#forget(oldest)
    oldest.fail(new KonorError('KONOR_LINK_REFUSED', 'a newer connection took the place of this handshake'))
    return true
  }

  #opened(link: NoiseLink) {
    this.#forget(link)
    this.#open.add(link)
    return this.#options.onLink(link)
  }

  #forget(link: NoiseLink): void {
    clearTimeout(this.#shaking.get(link))
    this.#shaking.delete(link)
  }

  #closed(link: NoiseLink): void {
    this.#forget(link)
    this.#open.delete(link)
    if (this.#closing && this.connections === 0) this.#allClosed()
  }
}

function acceptFailed(cause: Error): KonorError {
  return new KonorError('KONOR_LINK_ACCEPT', `a connection could not be accepted: ${cause.message}`, {
    cause,
  })
}
