import { createHash } from 'node:crypto'
import test from 'ava'
import { SeededRandom } from './seeded-random.ts'

const drawn = (random: SeededRandom, count: number) => Array.from({ length: count }, () => random.uint32())

/** The published algorithm, in 64-bit arithmetic and written apart from ours. */
function reference(seed: string, count: number): number[] {
  const key = createHash('sha256').update(seed).digest()
  const s = [0, 4, 8, 12].map(at => BigInt(key.readUInt32LE(at))) as [bigint, bigint, bigint, bigint]
  const mask = 0xffffffffn
  const rotl = (x: bigint, k: bigint) => ((x << k) | (x >> (32n - k))) & mask
  return Array.from({ length: count }, () => {
    const result = (rotl((s[1] * 5n) & mask, 7n) * 9n) & mask
    const t = (s[1] << 9n) & mask
    s[2] ^= s[0]
    s[3] ^= s[1]
    s[1] ^= s[2]
    s[0] ^= s[3]
    s[2] ^= t
    s[3] = rotl(s[3], 11n)
    return Number(result)
  })
}

test('it is xoshiro128**', t => {
  t.deepEqual(drawn(new SeededRandom('konor'), 200), reference('konor', 200))
})

test('the same seed gives the same stream, another seed another', t => {
  t.deepEqual(drawn(new SeededRandom(7), 50), drawn(new SeededRandom(7), 50))
  t.notDeepEqual(drawn(new SeededRandom(7), 50), drawn(new SeededRandom(8), 50))
})

test('a fork does not depend on what its parent drew, nor on its siblings', t => {
  const parent = new SeededRandom(1)
  const early = drawn(parent.fork('disk'), 20)
  drawn(parent, 100)
  t.deepEqual(drawn(parent.fork('disk'), 20), early)
  t.notDeepEqual(drawn(parent.fork('network'), 20), early)
  t.notDeepEqual(drawn(parent.fork('a').fork('b'), 20), drawn(parent.fork('a/b'), 20))
})

test('fractions fill [0, 1) evenly and bytes all values', t => {
  const random = new SeededRandom('even')
  const buckets = Array.from({ length: 10 }, () => 0)
  for (let draw = 0; draw < 10_000; draw++) {
    const bucket = Math.floor(random.fraction() * 10)
    buckets[bucket] = (buckets[bucket] ?? 0) + 1
  }
  // Five standard deviations of a binomial (10,000, 0.1) are 150.
  t.true(buckets.every(count => Math.abs(count - 1_000) < 150))
  t.is(new Set(random.bytes(8_191)).size, 256)
  t.is(random.bytes(5).length, 5)
  t.true(Array.from({ length: 1_000 }, () => random.integer(3)).every(value => [0, 1, 2].includes(value)))
})
