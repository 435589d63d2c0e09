import { createHash } from 'node:crypto'
import type { Random } from './random.ts'

/**
 * A reproducible stream for simulations and tests, never for keys: xoshiro128** 1.1 (Blackman and Vigna,
 * "Scrambled Linear Pseudorandom Number Generators", ACM TOMS 47, 2021;
 * https://prng.di.unimi.it/xoshiro128starstar.c). The seed is hashed into its 128 bits of state, so that
 * seeds 1 and 2 have nothing in common.
 */
export class SeededRandom implements Random {
  readonly #key: Buffer
  #s0: number
  #s1: number
  #s2: number
  #s3: number

  constructor(seed: string | number) {
    this.#key = createHash('sha256').update(String(seed)).digest()
    this.#s0 = this.#key.readUInt32LE(0)
    this.#s1 = this.#key.readUInt32LE(4)
    this.#s2 = this.#key.readUInt32LE(8)
    this.#s3 = this.#key.readUInt32LE(12)
  }

  /**
   * A stream of its own for one consumer. It depends on the seed and the label alone, not on what was drawn
   * before: one consumer that draws more does not shift the others.
   */
  fork(label: string): SeededRandom {
    return new SeededRandom(`${this.#key.toString('hex')}/${label}`)
  }

  bytes(sizeBytes: number): Uint8Array {
    const bytes = new Uint8Array(sizeBytes)
    for (let at = 0; at < sizeBytes; at += 4) {
      const word = this.uint32()
      for (let index = 0; index < 4 && at + index < sizeBytes; index++)
        bytes[at + index] = word >>> (8 * index)
    }
    return bytes
  }

  fraction(): number {
    const high = this.uint32() >>> 5
    const low = this.uint32() >>> 6
    return (high * 2 ** 26 + low) / 2 ** 53
  }

  /** An integer of [0, `below`); `below` from 1 to 2^32. */
  integer(below: number): number {
    return Math.floor(this.fraction() * below)
  }

  /** The next 32 bits of the stream. */
  uint32(): number {
    const scrambled = Math.imul(rotateLeft(Math.imul(this.#s1, 5), 7), 9) >>> 0
    const shifted = this.#s1 << 9
    this.#s2 ^= this.#s0
    this.#s3 ^= this.#s1
    this.#s1 ^= this.#s2
    this.#s0 ^= this.#s3
    this.#s2 ^= shifted
    this.#s3 = rotateLeft(this.#s3, 11)
    return scrambled
  }
}

function rotateLeft(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits))
}
