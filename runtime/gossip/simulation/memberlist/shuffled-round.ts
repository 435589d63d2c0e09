import { Feistel } from '../../core/feistel.ts'
import type { GossipRandom } from '../../core/gossip-random.ts'

/** memberlist's round: the whole list is shuffled anew for each pass. */
export class ShuffledRound {
  readonly #random: GossipRandom
  readonly #size: number
  #order: Feistel
  #position: number

  /** Begins somewhere within a pass, as a cluster that has run for a while does. */
  constructor(random: GossipRandom, size: number) {
    this.#random = random
    this.#size = size
    this.#order = new Feistel(random, size)
    this.#position = Math.floor(random.fraction() * size)
  }

  next(): number {
    if (this.#position >= this.#size) {
      this.#order = new Feistel(this.#random, this.#size)
      this.#position = 0
    }
    return this.#order.permute(this.#position++)
  }
}
