import { isKonorError, KonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import type { Clock } from '../ports/clock.ts'
import {
  type DialOptions,
  type Link,
  LINK_MESSAGE_BYTES_MAX,
  LINK_QUEUE_BYTES_MAX,
  type LinkHandler,
  type LinkServer,
  type LinkTransport,
  type ListenOptions,
  type PublicKey,
} from './link.ts'

export interface MemoryTransportOptions {
  /** With both, every message and every close takes that long; otherwise a turn of the microtask queue. */
  readonly clock?: Clock
  readonly latencyMs?: () => number
}

type Later = (run: () => void) => void

/**
 * Links within one process, for tests and the simulator, with the semantics of the real ones: order, bounds, pushing
 * back, closing. Keys are given, not proven. One transport is one network: only its own addresses are reachable.
 */
export function createMemoryTransport(options: MemoryTransportOptions = {}): LinkTransport {
  const servers = new Map<string, MemoryServer>()
  let lastPort = 0
  const { clock, latencyMs } = options
  const later: Later =
    clock === undefined || latencyMs === undefined
      ? run => queueMicrotask(run)
      : run => void clock.startTimer(latencyMs(), run)
  return {
    async listen(listenOptions) {
      const address = listenOptions.address.replace(/:0$/, () => `:${++lastPort}`)
      if (servers.has(address))
        throw new KonorError('KONOR_LINK_LISTEN', `cannot listen for links at ${address}`)
      const server = new MemoryServer(address, listenOptions, () => servers.delete(address))
      servers.set(address, server)
      return server
    },
    dial: dialOptions =>
      new Promise((resolve, reject) => {
        later(() => {
          try {
            resolve(connect(servers.get(dialOptions.address), dialOptions, later))
          } catch (error) {
            reject(error as Error)
          }
        })
      }),
  }
}

function connect(server: MemoryServer | undefined, options: DialOptions, later: Later): Link {
  const { address } = options
  if (server === undefined) throw new KonorError('KONOR_LINK_UNREACHABLE', `no connection to ${address}`)
  if (server.isFull) throw new KonorError('KONOR_LINK_REFUSED', `${address} has as many links as it may have`)
  if (Buffer.compare(server.options.keyPair.publicKey, options.remotePublicKey) !== 0)
    throw new KonorError('KONOR_LINK_WRONG_PEER', `${address} answered without proof of the pinned key`)
  const near = new MemoryLink(server.options.keyPair.publicKey, address, later)
  const far = new MemoryLink(options.keyPair.publicKey, 'memory', later)
  near.peer = far
  far.peer = near
  near.open(options.handler)
  server.add(far)
  return near
}

class MemoryServer implements LinkServer {
  readonly address: string
  readonly options: ListenOptions
  readonly #links = new Set<MemoryLink>()
  readonly #onClose: () => void
  #closing = false

  constructor(address: string, options: ListenOptions, onClose: () => void) {
    this.address = address
    this.options = options
    this.#onClose = onClose
  }

  get connections(): number {
    return this.#links.size
  }

  get isFull(): boolean {
    return this.#closing || this.#links.size >= this.options.connectionsMax
  }

  add(link: MemoryLink): void {
    this.#links.add(link)
    void link.closed.then(() => this.#links.delete(link))
    link.open(this.options.onLink)
  }

  async close(): Promise<void> {
    this.#closing = true
    this.#onClose()
    const links = [...this.#links]
    for (const link of links) link.close()
    await Promise.all(links.map(link => link.closed))
  }
}

class MemoryLink implements Link {
  readonly remotePublicKey: PublicKey
  readonly remoteAddress: string
  /** Both ends are on this machine. */
  readonly localAddress = '127.0.0.1:0'
  readonly closed: Promise<Error | undefined>
  peer: MemoryLink | undefined
  #resolveClosed: (reason: Error | undefined) => void = () => {}
  readonly #later: Later
  #handler: LinkHandler | undefined
  #closing = false
  #peerEnded = false
  #held = false
  /** What arrived or is on its way, in order: it waits at the receiver, and counts against the sender's bound. */
  readonly #inbox: Uint8Array[] = []
  #arrived = 0
  #inboxBytes = 0
  #waiting: (() => void)[] = []

  constructor(remotePublicKey: PublicKey, remoteAddress: string, later: Later) {
    this.remotePublicKey = remotePublicKey
    this.remoteAddress = remoteAddress
    this.#later = later
    this.closed = new Promise(resolve => (this.#resolveClosed = resolve))
  }

  open(onLink: (link: Link) => LinkHandler): void {
    try {
      this.#handler = onLink(this)
    } catch (thrown) {
      this.close(handlerFailed(thrown))
    }
  }

  send(message: Uint8Array): boolean {
    if (message.length > LINK_MESSAGE_BYTES_MAX)
      throw new KonorError(
        'KONOR_LINK_OVERSIZED',
        `a message of ${message.length} bytes is over ${LINK_MESSAGE_BYTES_MAX}: send it in chunks`,
      )
    const { peer } = this
    if (this.#closing || peer === undefined) return true
    if (peer.#inboxBytes + message.length > LINK_QUEUE_BYTES_MAX) return false
    // A copy, as every other transport makes one: the two ends share no memory.
    peer.#inbox.push(message.slice())
    peer.#inboxBytes += message.length
    this.#later(() => {
      peer.#arrived++
      peer.#deliver()
    })
    return true
  }

  async drained(): Promise<void> {
    if (this.#closing || this.peer === undefined || this.peer.#inboxBytes === 0) return
    await new Promise<void>(resolve => this.#waiting.push(resolve))
  }

  close(reason?: Error): void {
    if (this.#closing) return
    this.#end(reason)
    this.#later(() => {
      if (this.peer === undefined) return
      this.peer.#peerEnded = true
      this.peer.#deliver()
    })
  }

  #end(reason: Error | undefined): void {
    this.#closing = true
    this.#inbox.length = 0
    this.#inboxBytes = 0
    this.#release()
    if (this.peer !== undefined) this.peer.#release()
    this.#resolveClosed(reason)
  }

  #deliver(): void {
    while (!this.#closing && !this.#held && this.#arrived > 0) {
      const message = this.#inbox.shift()
      if (message === undefined) return
      this.#arrived--
      this.#inboxBytes -= message.length
      this.#handle(message)
      if (this.#inboxBytes === 0 && this.peer !== undefined) this.peer.#release()
    }
    if (this.#peerEnded && !this.#closing && this.#inbox.length === 0) this.#end(undefined)
  }

  #handle(message: Uint8Array): void {
    try {
      const handled = this.#handler?.onMessage(message)
      if (handled === undefined) return
      this.#held = true
      handled.then(
        () => {
          this.#held = false
          this.#deliver()
        },
        (thrown: unknown) => this.close(handlerFailed(thrown)),
      )
    } catch (thrown) {
      this.close(handlerFailed(thrown))
    }
  }

  #release(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const resolve of waiting) resolve()
  }
}

function handlerFailed(thrown: unknown): Error {
  if (isKonorError(thrown)) return thrown
  return new KonorError('KONOR_LINK_HANDLER', 'a message of the peer could not be handled', { cause: thrown })
}
