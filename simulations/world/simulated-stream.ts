import type { LocalStream } from '../../runtime/ports/local-stream.ts'
import type { SeededRandom } from '../../runtime/ports/seeded-random.ts'
import type { Program } from './program.ts'

/** What the system takes of a stream before a writer has to wait. */
const KERNEL_BYTES = 208 * 1024
/** Least and most time from a write to the read at the other end. */
const HOP_MS_MIN = 0.01
const HOP_MS_SPREAD = 0.04

/** Told of what is written at this end, read there, and of its end, before its owner is. */
type Show = (what: 'said' | 'heard' | 'closed', bytes?: Uint8Array) => void

type StreamEvent = 'data' | 'error' | 'drain' | 'connect' | 'close'
type Listener = (argument: never) => void

/** One end of a connected Unix socket of a simulated machine. */
export class SimulatedStream implements LocalStream {
  readonly #owner: Program
  readonly #random: SeededRandom
  readonly #show: Show
  readonly #listeners = new Map<StreamEvent, Listener[]>()
  readonly #inbox: Uint8Array[] = []
  #peer: SimulatedStream | undefined
  /** Bytes that were written here and not read over there. */
  #unreadBytes = 0
  #lastArrivalMs = 0
  #isPaused = false
  #mustDrain = false
  #isEnded = false
  #peerEnded = false
  #isClosed = false

  constructor(owner: Program, random: SeededRandom, show: Show = () => {}) {
    this.#owner = owner
    this.#random = random
    this.#show = show
    // The system closes what a program leaves open.
    owner.onEnd(() => this.#peer !== undefined && !this.#isClosed && this.#sayEnd())
  }

  get destroyed(): boolean {
    return this.#isClosed
  }

  get writableLength(): number {
    return Math.max(0, this.#unreadBytes - KERNEL_BYTES)
  }

  join(peer: SimulatedStream): void {
    this.#peer = peer
  }

  emitConnect(): void {
    if (!this.#isClosed) this.#emit('connect')
  }

  write(bytes: Uint8Array): boolean {
    const peer = this.#peer
    if (this.#isClosed || this.#isEnded || !this.#owner.isAlive || peer === undefined) return false
    this.#unreadBytes += bytes.length
    const copy = bytes.slice()
    this.#show('said', copy)
    this.#arrive(() => peer.#take(copy))
    this.#mustDrain = this.writableLength > 0
    return !this.#mustDrain
  }

  end(last?: Uint8Array): void {
    if (this.#isClosed || this.#isEnded) return
    if (last !== undefined) this.write(last)
    this.#isEnded = true
    if (this.#owner.isAlive) this.#sayEnd()
    if (this.#peerEnded && this.#inbox.length === 0) this.#close()
  }

  destroySoon(): void {
    this.end()
    this.destroy()
  }

  destroy(cause?: Error): void {
    if (this.#isClosed) return
    if (!this.#isEnded && this.#owner.isAlive) this.#sayEnd()
    this.#isEnded = true
    this.#inbox.length = 0
    this.#close(cause)
  }

  /** It breaks here, and the other end hears of that so much later, after all that was written. */
  cut(cause: Error, lagMs: number): void {
    if (this.#isClosed) return
    const peer = this.#peer
    this.#isEnded = true
    this.#inbox.length = 0
    this.#close(cause)
    const { world } = this.#owner.machine
    if (peer !== undefined) world.after(lagMs, () => peer.#owner.enter(() => peer.#hearEnd()))
  }

  pause(): void {
    this.#isPaused = true
  }

  resume(): void {
    if (!this.#isPaused) return
    this.#isPaused = false
    this.#owner.later(0, () => this.#read())
  }

  on(event: StreamEvent, listener: Listener): void {
    const listeners = this.#listeners.get(event)
    if (listeners === undefined) this.#listeners.set(event, [listener])
    else listeners.push(listener)
  }

  once(event: StreamEvent, listener: Listener): void {
    const first: Listener = argument => {
      this.off(event, first)
      listener(argument)
    }
    this.on(event, first)
    this.#onces.set(listener, first)
  }

  off(event: StreamEvent, listener: Listener): void {
    const wrapped = this.#onces.get(listener) ?? listener
    const listeners = this.#listeners.get(event)
    if (listeners !== undefined)
      this.#listeners.set(
        event,
        listeners.filter(one => one !== wrapped),
      )
  }

  readonly #onces = new Map<Listener, Listener>()

  /** In order with everything that was written before. */
  #arrive(act: () => void): void {
    const { world } = this.#owner.machine
    const delayMs = HOP_MS_MIN + world.within(this.#random, HOP_MS_SPREAD)
    this.#lastArrivalMs = Math.max(this.#lastArrivalMs, world.nowMs + delayMs)
    const peer = this.#peer
    if (peer !== undefined) world.after(this.#lastArrivalMs - world.nowMs, () => peer.#owner.enter(act))
  }

  #sayEnd(): void {
    const peer = this.#peer
    if (peer !== undefined) this.#arrive(() => peer.#hearEnd())
  }

  #hearEnd(): void {
    this.#peerEnded = true
    this.#read()
  }

  #take(bytes: Uint8Array): void {
    if (this.#isClosed) return
    const { world } = this.#owner.machine
    world.trace.note(world.nowMs, 'socket', this.#owner.name, bytes)
    this.#inbox.push(bytes)
    this.#read()
  }

  #read(): void {
    while (!this.#isPaused && !this.#isClosed) {
      const bytes = this.#inbox.shift()
      if (bytes === undefined) break
      if (this.#peer !== undefined) this.#peer.#wasRead(bytes.length)
      this.#show('heard', bytes)
      this.#emit('data', bytes)
    }
    if (!this.#peerEnded || this.#isClosed || this.#inbox.length > 0) return
    // The writing half follows the reading one, as Node's sockets have it by default.
    if (!this.#isEnded) this.end()
    else this.#close()
  }

  #wasRead(sizeBytes: number): void {
    this.#unreadBytes -= sizeBytes
    if (!this.#mustDrain || this.writableLength > 0) return
    this.#mustDrain = false
    this.#owner.later(0, () => this.#isClosed || this.#emit('drain'))
  }

  #close(cause?: Error): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#owner.later(0, () => {
      if (cause !== undefined) this.#emit('error', cause)
      this.#show('closed')
      this.#emit('close')
    })
  }

  #emit(event: StreamEvent, argument?: unknown): void {
    for (const listener of this.#listeners.get(event) ?? []) listener(argument as never)
  }
}
