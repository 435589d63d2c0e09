import type { GossipRandom } from './gossip-random.ts'

/** Rounds of the network; four make a permutation look random (Luby and Rackoff, 1988). */
const ROUNDS = 4

/**
 * A random permutation of [0, size) that is computed and not stored: a Feistel network with cycle walking (Black and
 * Rogaway, "Ciphers with Arbitrary Finite Domains", 2002). Not a cipher: it only shuffles.
 */
export class Feistel {
  readonly #keys: readonly number[]
  readonly #size: number
  readonly #halfBits: number

  constructor(random: GossipRandom, size: number) {
    this.#size = size
    this.#halfBits = Math.max(1, Math.ceil(Math.log2(Math.max(2, size)) / 2))
    this.#keys = Array.from({ length: ROUNDS }, () => Math.floor(random.fraction() * 2 ** 32))
  }

  /**
   * Where `position` goes. Encrypts until the result lies in the domain again, at most four times on average.
   *
   * @param tweak makes another permutation with the same keys.
   */
  permute(position: number, tweak = 0): number {
    let value = position
    do value = this.#encrypt(value, tweak)
    while (value >= this.#size)
    return value
  }

  #encrypt(value: number, tweak: number): number {
    const mask = 2 ** this.#halfBits - 1
    let left = value >>> this.#halfBits
    let right = value & mask
    for (const key of this.#keys)
      [left, right] = [right, left ^ (mix((right + tweak * 0x10001) ^ key) & mask)]
    return (left << this.#halfBits) | right
  }
}

function mix(word: number): number {
  let mixed = Math.imul(word ^ (word >>> 16), 0x7feb352d)
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x846ca68b)
  return mixed ^ (mixed >>> 16)
}
