import type { ByteStream } from '../../runtime/gossip/udp/gossip-sockets.ts'
import type { Network } from './network.ts'
import { Pipe } from './pipe.ts'
import type { Program } from './program.ts'

/** What the two systems hold of one direction before a writer has to wait. */
const WINDOW_BYTES = 256 * 1024

type SocketEvent = 'data' | 'error' | 'end' | 'drain' | 'close'
type Listener = (argument: never) => void

/** One end of a TCP connection over the simulated network. What is written before it connects waits. */
export class SimulatedSocket implements ByteStream {
  readonly remoteAddress: string | undefined
  readonly #owner: Program
  readonly #network: Network
  readonly #listeners = new Map<SocketEvent, Listener[]>()
  readonly #early: (() => void)[] = []
  readonly #inbox: Buffer[] = []
  #peer: SimulatedSocket | undefined
  #out: Pipe | undefined
  #unreadBytes = 0
  #mustDrain = false
  #isPaused = false
  #hasEnded = false
  #peerEnded = false
  #isClosed = false

  constructor(network: Network, owner: Program, remoteAddress: string | undefined) {
    this.#network = network
    this.#owner = owner
    this.remoteAddress = remoteAddress
    // The system closes what a program leaves open; without power nobody does.
    owner.onEnd(end => {
      if (end !== 'power' && !this.#isClosed) this.#sayEnd()
      this.#isClosed = true
    })
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  /** Both ends are connected; what was written here already goes out. */
  join(peer: SimulatedSocket): void {
    this.#peer = peer
    this.#out = new Pipe(this.#network, this.#owner, peer.#owner, () => this.#wasReset())
    for (const act of this.#early.splice(0)) this.#carry(act)
  }

  write(bytes: Uint8Array): boolean {
    if (this.#isClosed || this.#hasEnded || !this.#owner.isAlive) return false
    this.#unreadBytes += bytes.length
    const copy = Buffer.from(bytes)
    this.#carry(() => this.#peer !== undefined && this.#peer.#take(copy))
    this.#mustDrain = this.#unreadBytes > WINDOW_BYTES
    return !this.#mustDrain
  }

  end(): void {
    if (this.#isClosed || this.#hasEnded) return
    this.#hasEnded = true
    this.#sayEnd()
    if (this.#peerEnded && this.#inbox.length === 0) this.#close()
  }

  destroy(): void {
    if (this.#isClosed) return
    if (!this.#hasEnded) this.#sayEnd()
    this.#hasEnded = true
    this.#inbox.length = 0
    this.#close()
  }

  /** It could not be connected. */
  fail(error: Error): void {
    if (this.#isClosed) return
    this.#emit('error', error)
    this.#close()
  }

  pause(): void {
    this.#isPaused = true
  }

  resume(): void {
    if (!this.#isPaused) return
    this.#isPaused = false
    this.#owner.later(0, () => this.#read())
  }

  on(event: SocketEvent, listener: Listener): void {
    const listeners = this.#listeners.get(event)
    if (listeners === undefined) this.#listeners.set(event, [listener])
    else listeners.push(listener)
  }

  /** Only for `close`, which happens once. */
  once(event: 'close', listener: () => void): void {
    this.on(event, listener)
  }

  #carry(act: () => void): void {
    if (this.#out === undefined) this.#early.push(act)
    else this.#out.send(act)
  }

  #sayEnd(): void {
    const end = (): void => {
      if (this.#peer !== undefined) this.#peer.#hearEnd()
    }
    if (this.#out === undefined) this.#early.push(end)
    else this.#out.send(end, false)
  }

  /** What was sent arrived at a machine where the program that had the other end is gone. */
  #wasReset(): void {
    this.#owner.enter(() => this.#hearEnd())
  }

  #hearEnd(): void {
    this.#peerEnded = true
    this.#read()
  }

  #take(bytes: Buffer): void {
    if (this.#isClosed) return
    const { world } = this.#network
    world.trace.note(world.nowMs, 'stream', this.#owner.name, bytes)
    this.#inbox.push(bytes)
    this.#read()
  }

  #read(): void {
    while (!this.#isPaused && !this.#isClosed) {
      const bytes = this.#inbox.shift()
      if (bytes === undefined) break
      if (this.#peer !== undefined) this.#peer.#wasRead(bytes.length)
      this.#emit('data', bytes)
    }
    if (!this.#peerEnded || this.#isPaused || this.#isClosed || this.#inbox.length > 0) return
    this.#emit('end')
    // The writing half follows the reading one, as Node's sockets have it by default.
    if (!this.#hasEnded) this.end()
    else this.#close()
  }

  #wasRead(sizeBytes: number): void {
    this.#unreadBytes -= sizeBytes
    if (!this.#mustDrain || this.#unreadBytes > WINDOW_BYTES) return
    this.#mustDrain = false
    this.#owner.later(0, () => this.#isClosed || this.#emit('drain'))
  }

  #close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#owner.later(0, () => this.#emit('close'))
  }

  #emit(event: SocketEvent, argument?: unknown): void {
    for (const listener of this.#listeners.get(event) ?? []) listener(argument as never)
  }
}
