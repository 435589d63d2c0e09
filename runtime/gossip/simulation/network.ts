import { onGrid } from './time-grid.ts'
import type { GossipRandom } from '../core/gossip-random.ts'

/** What the network does to datagrams. Streams repeat what is lost and take longer; partitions cut both. */
export interface NetworkOptions {
  /** One way. */
  readonly latencyMs?: number
  /** Added to each datagram, uniform: more than the latency reorders them. */
  readonly jitterMs?: number
  readonly loss?: number
  readonly duplication?: number
}

/** Time that a stream waits before it repeats a lost segment; doubles each time. */
const RETRANSMISSION_MS = 200
/** One-way trips of a handshake before the first byte counts. */
const HANDSHAKE_TRIPS = 2

/** Decides what becomes of each datagram, from its own stream of chance. */
export class Network {
  readonly #random: GossipRandom
  readonly #latencyMs: number
  readonly #jitterMs: number
  readonly #duplication: number
  loss: number
  /** Whether nothing passes from one to the other; the rule of a partition. */
  isCut: (from: number, to: number) => boolean = () => false
  /** Further loss on the way in, of some members. */
  lossInto: (to: number) => number = () => 0

  constructor(random: GossipRandom, options: NetworkOptions = {}) {
    this.#random = random
    this.#latencyMs = options.latencyMs ?? 1
    this.#jitterMs = options.jitterMs ?? 0
    this.#duplication = options.duplication ?? 0
    this.loss = options.loss ?? 0
  }

  /** How long each copy that arrives takes; none when it is lost. */
  datagram(from: number, to: number): readonly number[] {
    if (this.isCut(from, to)) return []
    const lost = (this.loss > 0 && this.#chance(this.loss)) || this.#chance(this.lossInto(to))
    if (lost) return []
    return this.#chance(this.#duplication) ? [this.#trip(), this.#trip()] : [this.#trip()]
  }

  /** How long a message on a fresh stream takes; undefined when no stream can be opened. */
  stream(from: number, to: number): number | undefined {
    if (this.isCut(from, to) || this.isCut(to, from)) return undefined
    let tookMs = this.#trip()
    for (let trip = 0; trip < HANDSHAKE_TRIPS; trip++) tookMs += this.#trip()
    const loss = Math.max(this.loss, this.lossInto(to), this.lossInto(from))
    for (let waitMs = RETRANSMISSION_MS; this.#chance(loss); waitMs *= 2) tookMs += waitMs
    return tookMs
  }

  #trip(): number {
    if (this.#jitterMs === 0) return this.#latencyMs
    return this.#latencyMs + onGrid(this.#random.fraction() * this.#jitterMs)
  }

  #chance(probability: number): boolean {
    return probability > 0 && this.#random.fraction() < probability
  }
}
