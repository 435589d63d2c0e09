import { randomBytes } from 'node:crypto'
import type { Random } from '../random.ts'

/** Mantissa bits of a double: what a fraction can hold. */
const FRACTION_BITS = 53
const FRACTION_BYTES = 8
const POOL_BYTES = 4_096
/** Keys and longer draws get a system call of their own. */
const POOLED_BYTES_MAX = 16

let pool = Buffer.alloc(0)

/** The operating system's randomness, fit for keys. Fractions have all 53 bits. */
export const nodeRandom: Random = {
  bytes: sizeBytes =>
    sizeBytes > POOLED_BYTES_MAX ? new Uint8Array(randomBytes(sizeBytes)) : Uint8Array.from(draw(sizeBytes)),
  fraction: () => {
    const bits = draw(FRACTION_BYTES).readBigUInt64BE() >> BigInt(64 - FRACTION_BITS)
    return Number(bits) / 2 ** FRACTION_BITS
  },
}

/** Ids and jitter are drawn often and are short: one system call serves many draws, and no byte is given twice. */
function draw(sizeBytes: number): Buffer {
  if (pool.length < sizeBytes) pool = randomBytes(POOL_BYTES)
  const drawn = pool.subarray(0, sizeBytes)
  pool = pool.subarray(sizeBytes)
  return drawn
}
