import type { Network } from './network.ts'
import type { Program } from './program.ts'

/**
 * One direction of a connection between two programs: what is sent arrives in order and as it was sent, or not at all.
 * Where the network lets nothing through it waits, as TCP does, until it does again.
 */
export class Pipe {
  readonly #network: Network
  readonly #from: Program
  readonly #to: Program
  readonly #sentToNobody: () => void
  /** In order; the first `#due` of them have arrived but for the network holding them. */
  readonly #queue: { readonly arrive: () => void; readonly wantsAnswer: boolean }[] = []
  #due = 0
  #lastArrivalMs = 0

  /** `sentToNobody`: something arrived at a machine that lives, for a program that does not: it says so. */
  constructor(network: Network, from: Program, to: Program, sentToNobody: () => void) {
    this.#network = network
    this.#from = from
    this.#to = to
    this.#sentToNobody = sentToNobody
  }

  /** Runs `arrive` at the other end, when all before it has arrived. What ends a connection wants no answer. */
  send(arrive: () => void, wantsAnswer = true): void {
    const { world } = this.#network
    this.#queue.push({ arrive, wantsAnswer })
    const delayMs = this.#network.linkDelayMs(this.#from.machine.name, this.#to.machine.name)
    this.#lastArrivalMs = Math.max(this.#lastArrivalMs, world.nowMs + delayMs)
    world.after(this.#lastArrivalMs - world.nowMs, () => {
      this.#due++
      this.#deliver()
    })
  }

  /** The network lets things through again. */
  release(): void {
    const delayMs = this.#network.linkDelayMs(this.#from.machine.name, this.#to.machine.name)
    this.#network.world.after(delayMs, () => this.#deliver())
  }

  #deliver(): void {
    const from = this.#from.machine.name
    const to = this.#to.machine.name
    if (this.#network.isBlocked(from, to)) return this.#network.hold(from, to, this)
    while (this.#due > 0) {
      this.#due--
      const packet = this.#queue.shift()
      if (packet === undefined) return
      if (this.#to.isAlive) this.#to.enter(packet.arrive)
      else if (this.#to.machine.isUp && packet.wantsAnswer) this.#sentToNobody()
    }
  }
}
