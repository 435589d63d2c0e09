import { randomBytes } from 'node:crypto'
import type { Random } from '../random.ts'

/** Mantissa bits of a double: what a fraction can hold. */
const FRACTION_BITS = 53
const POOL_BYTES = 8 * 64

let pool = Buffer.alloc(0)

/** The operating system's randomness, fit for keys. Fractions have all 53 bits. */
export const nodeRandom: Random = {
  bytes: sizeBytes => new Uint8Array(randomBytes(sizeBytes)),
  fraction: () => {
    // Jitter asks often for little: one system call serves many draws, and none is given twice.
    if (pool.length < 8) pool = randomBytes(POOL_BYTES)
    const bits = pool.readBigUInt64BE() >> BigInt(64 - FRACTION_BITS)
    pool = pool.subarray(8)
    return Number(bits) / 2 ** FRACTION_BITS
  },
}
