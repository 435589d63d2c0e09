import type { GossipRandom } from './gossip-random.ts'

/** Rounds of the Feistel network; four make a permutation look random (Luby and Rackoff, 1988). */
const ROUNDS = 4

/**
 * Walks round all slots in an order that is shuffled anew for each pass, so that every member is probed within two
 * passes however the dice fall. The order is computed and not stored (a Feistel network with cycle walking; Black and
 * Rogaway, "Ciphers with Arbitrary Finite Domains", 2002). A slot that appears during a pass gets a random place in
 * what is left of it.
 */
export class ProbeOrder {
  readonly #random: GossipRandom
  readonly #keys: number[] = []
  #size = 0
  #position = 0
  #halfBits = 1
  #late: { readonly slot: number; readonly position: number }[] = []

  constructor(random: GossipRandom) {
    this.#random = random
  }

  /** A member took this slot just now. */
  insert(slot: number): void {
    if (slot < this.#size) return
    const left = Math.max(1, this.#size - this.#position)
    this.#late.push({ slot, position: this.#position + Math.floor(this.#random.fraction() * left) })
  }

  /** The next slot of the walk among `slots`, which says how far a new pass will reach. */
  next(slots: number): number {
    const lateAt = this.#late.findIndex(({ position }) => position <= this.#position)
    const late = this.#late[lateAt]
    if (late !== undefined) {
      this.#late.splice(lateAt, 1)
      return late.slot
    }
    if (this.#position >= this.#size) this.#shuffle(slots)
    return this.#permute(this.#position++)
  }

  #shuffle(slots: number): void {
    this.#size = slots
    this.#position = 0
    this.#late = []
    this.#halfBits = Math.max(1, Math.ceil(Math.log2(Math.max(2, slots)) / 2))
    for (let round = 0; round < ROUNDS; round++)
      this.#keys[round] = Math.floor(this.#random.fraction() * 2 ** 32)
  }

  /** Encrypts until the result lies in the domain again; at most four tries on average. */
  #permute(position: number): number {
    let value = position
    do value = this.#encrypt(value)
    while (value >= this.#size)
    return value
  }

  #encrypt(value: number): number {
    const mask = 2 ** this.#halfBits - 1
    let left = value >>> this.#halfBits
    let right = value & mask
    for (const key of this.#keys) [left, right] = [right, left ^ (mix(right ^ key) & mask)]
    return (left << this.#halfBits) | right
  }
}

function mix(word: number): number {
  let mixed = Math.imul(word ^ (word >>> 16), 0x7feb352d)
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x846ca68b)
  return mixed ^ (mixed >>> 16)
}
