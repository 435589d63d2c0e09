import type { SeededRandom } from '../../runtime/ports/seeded-random.ts'
import type { Network } from './network.ts'
import type { Program } from './program.ts'

/** What one direction between two machines does to datagrams, beside what it does to everything. */
export interface DatagramConditions {
  /** Share that is lost. */
  readonly loss: number
  /** Share that arrives twice. */
  readonly copies: number
  /** Longest that one of two or a straggler comes later, evenly distributed: what was sent after it may overtake it. */
  readonly spreadMs: number
  /** Somebody records what passes and sends each of it once more, at most so much later; absent for nobody. */
  readonly echoMs?: number
  /** Share that comes once more with one bit changed. */
  readonly garbled?: number
}

export const GOOD_DATAGRAMS: DatagramConditions = { loss: 0, copies: 0, spreadMs: 0 }

/** A changed datagram comes soon. */
const ODD_MS = 50

export type DatagramHandler = (datagram: Uint8Array, from: string) => void

/** UDP between the machines of a network: each datagram arrives by itself, once, twice or never. */
export class Datagrams {
  readonly #network: Network
  readonly #bound = new Map<string, { readonly program: Program; readonly handle: DatagramHandler }>()
  readonly #paths = new Map<string, { conditions: DatagramConditions; readonly random: SeededRandom }>()

  constructor(network: Network) {
    this.#network = network
  }

  isBound(address: string): boolean {
    return this.#bound.has(address)
  }

  /** Until the answer is called, or the program ends. */
  bind(program: Program, address: string, handle: DatagramHandler): () => void {
    const bound = { program, handle }
    this.#bound.set(address, bound)
    const unbind = (): void => {
      if (this.#bound.get(address) === bound) this.#bound.delete(address)
    }
    program.onEnd(unbind)
    return unbind
  }

  setConditions(from: string, to: string, conditions: DatagramConditions): void {
    this.#path(from, to).conditions = conditions
  }

  /** Sends from a machine; whether it arrives is told to nobody. */
  send(from: Program, fromAddress: string, toAddress: string, datagram: Uint8Array): void {
    const near = from.machine.name
    const far = this.#network.machineAt(toAddress)?.name
    if (far === undefined || !from.isAlive) return
    const { conditions, random } = this.#path(near, far)
    const { loss, copies, spreadMs, echoMs = 0, garbled = 0 } = conditions
    const again = (copy: Uint8Array, delayMs: number): void =>
      void this.#network.world.after(delayMs, () => this.#arrive(toAddress, copy, fromAddress))
    if (echoMs > 0) again(datagram.slice(), random.fraction() * echoMs)
    if (garbled > 0 && random.fraction() < garbled)
      again(garble(datagram, random), random.fraction() * ODD_MS)
    if (loss > 0 && random.fraction() < loss) return
    const times = copies > 0 && random.fraction() < copies ? 2 : 1
    for (let time = 0; time < times; time++) {
      const delayMs = this.#network.datagramDelayMs(near, far)
      if (delayMs === undefined) continue
      const lateMs = spreadMs > 0 ? random.fraction() * spreadMs : 0
      // A copy, as the system makes one.
      const copy = datagram.slice()
      this.#network.world.after(delayMs + lateMs, () => this.#arrive(toAddress, copy, fromAddress))
    }
  }

  #arrive(to: string, datagram: Uint8Array, from: string): void {
    const { world } = this.#network
    const bound = this.#bound.get(to)
    if (bound === undefined) return
    world.trace.note(world.nowMs, 'datagram', to, datagram)
    bound.program.enter(() => bound.handle(datagram, from))
  }

  #path(from: string, to: string) {
    const key = `${from}>${to}`
    let path = this.#paths.get(key)
    if (path === undefined) {
      path = { conditions: GOOD_DATAGRAMS, random: this.#network.world.random(`datagrams ${key}`) }
      this.#paths.set(key, path)
    }
    return path
  }
}

function garble(datagram: Uint8Array, random: SeededRandom): Uint8Array {
  const copy = datagram.slice()
  const at = random.integer(Math.max(1, copy.length))
  copy[at] = (copy[at] ?? 0) ^ (1 << random.integer(8))
  return copy
}
