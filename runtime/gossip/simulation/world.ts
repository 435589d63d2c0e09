import { EventHeap } from './event-heap.ts'
import type { Network } from './network.ts'

/** One simulated process: a protocol with its host. */
export interface Participant<M> {
  readonly nextWakeMs: number
  receive(nowMs: number, from: number, message: M): void
  /** @param lagMs how long the process stood still before it. */
  tick(nowMs: number, lagMs: number): void
  /** After standing still: whether what had arrived is read before timers fire, or the other way round. */
  readonly drainsFirst: boolean
}

/** How a participant speaks; the others are known by number. */
export interface Wire<M> {
  datagram(to: number, message: M, sizeBytes: number): void
  stream(to: number, message: M, sizeBytes: number): void
}

interface Process<M> {
  readonly participant: Participant<M>
  readonly backlog: { readonly from: number; readonly message: M }[]
  crashed: boolean
  pausedSinceMs: number | undefined
  wakeMs: number
}

/** What the processes sent, all together. */
export interface Traffic {
  datagrams: number
  bytes: number
  streams: number
  streamBytes: number
}

type Event<M> =
  | { readonly kind: 'deliver'; readonly to: number; readonly from: number; readonly message: M }
  | { readonly kind: 'wake'; readonly to: number; readonly atMs: number }
  | { readonly kind: 'call'; readonly call: () => void }

/**
 * Runs processes on virtual time: a heap of events, no clock, no threads. Two runs with the same seed are the same,
 * event by event.
 */
export class World<M> {
  readonly #heap = new EventHeap<Event<M>>()
  readonly #processes: Process<M>[] = []
  readonly #network: Network
  readonly traffic: Traffic = { datagrams: 0, bytes: 0, streams: 0, streamBytes: 0 }
  #nowMs = 0

  constructor(network: Network) {
    this.#network = network
  }

  get nowMs(): number {
    return this.#nowMs
  }

  /** Adds a process; its number is its place in the order of adding. */
  add(create: (wire: Wire<M>, number: number) => Participant<M>): number {
    const number = this.#processes.length
    this.#processes.push(this.#begin(create, number))
    this.#schedule(number)
    return number
  }

  /** Starts it again, as a new process at the same place. */
  restart(number: number, create: (wire: Wire<M>, number: number) => Participant<M>): void {
    this.#processes[number] = this.#begin(create, number)
    this.#schedule(number)
  }

  #begin(create: (wire: Wire<M>, number: number) => Participant<M>, number: number): Process<M> {
    const participant = create(this.#wireOf(number), number)
    return { participant, backlog: [], crashed: false, pausedSinceMs: undefined, wakeMs: Infinity }
  }

  /** The machine is gone: it answers nothing and refuses nothing. */
  crash(number: number): void {
    const process = this.#at(number)
    process.crashed = true
    process.backlog.length = 0
  }

  isCrashed(number: number): boolean {
    return this.#at(number).crashed
  }

  /** The process stands still; what arrives waits. */
  pause(number: number): void {
    this.#at(number).pausedSinceMs ??= this.#nowMs
  }

  resume(number: number): void {
    const process = this.#at(number)
    const { backlog, participant, pausedSinceMs } = process
    if (pausedSinceMs === undefined || process.crashed) return
    process.pausedSinceMs = undefined
    const lagMs = this.#nowMs - Math.max(pausedSinceMs, Math.min(this.#nowMs, participant.nextWakeMs))
    const waiting = backlog.splice(0)
    const drain = () => {
      for (const { from, message } of waiting) participant.receive(this.#nowMs, from, message)
    }
    if (participant.drainsFirst) drain()
    if (lagMs > 0) participant.tick(this.#nowMs, lagMs)
    if (!participant.drainsFirst) drain()
    this.#schedule(number)
  }

  at(atMs: number, call: () => void): void {
    this.#heap.push(atMs, { kind: 'call', call })
  }

  /** Lets a process act from outside: join, leave. */
  poke(number: number, act: () => void): void {
    act()
    this.#schedule(number)
  }

  /** Runs until the time has come, or until the condition holds after some event. */
  runUntil(untilMs: number, isDone: () => boolean = () => false): void {
    while (this.#heap.nextMs <= untilMs) {
      this.#nowMs = this.#heap.nextMs
      const event = this.#heap.pop()
      if (event !== undefined) this.#handle(event)
      if (isDone()) return
    }
    this.#nowMs = untilMs
  }

  #handle(event: Event<M>): void {
    if (event.kind === 'call') return event.call()
    const process = this.#at(event.to)
    if (process.crashed) return
    if (event.kind === 'deliver') {
      const { from, message } = event
      if (process.pausedSinceMs !== undefined) {
        process.backlog.push({ from, message })
        return
      }
      process.participant.receive(this.#nowMs, from, message)
    } else {
      if (process.wakeMs !== event.atMs) return
      process.wakeMs = Infinity
      if (process.pausedSinceMs !== undefined) return
      if (process.participant.nextWakeMs <= this.#nowMs) process.participant.tick(this.#nowMs, 0)
    }
    this.#schedule(event.to)
  }

  #schedule(number: number): void {
    const process = this.#at(number)
    const wakeMs = Math.max(this.#nowMs, process.participant.nextWakeMs)
    if (wakeMs >= process.wakeMs || wakeMs === Infinity) return
    process.wakeMs = wakeMs
    this.#heap.push(wakeMs, { kind: 'wake', to: number, atMs: wakeMs })
  }

  #wireOf(from: number): Wire<M> {
    return {
      datagram: (to, message, sizeBytes) => {
        this.traffic.datagrams++
        this.traffic.bytes += sizeBytes
        for (const tripMs of this.#network.datagram(from, to))
          this.#heap.push(this.#nowMs + tripMs, { kind: 'deliver', to, from, message })
      },
      stream: (to, message, sizeBytes) => {
        this.traffic.streams++
        this.traffic.streamBytes += sizeBytes
        const tripMs = this.#network.stream(from, to)
        if (tripMs !== undefined)
          this.#heap.push(this.#nowMs + tripMs, { kind: 'deliver', to, from, message })
      },
    }
  }

  #at(number: number): Process<M> {
    const process = this.#processes[number]
    if (process === undefined) throw new RangeError(`There is no process ${number}`)
    return process
  }
}
