import { createHash } from 'node:crypto'
import test from 'ava'
import fc from 'fast-check'
import type { Random } from '../../runtime/ports/random.ts'
import { SEAL_OVERHEAD_BYTES, seal, unseal } from './seal.ts'

const key = createHash('sha256').update('a key').digest()
const otherKey = createHash('sha256').update('another key').digest()
let drawn = 0
const random: Random = {
  bytes: sizeBytes => createHash('sha256').update(String(drawn++)).digest().subarray(0, sizeBytes),
  fraction: () => 0.5,
}

test('sealed bytes open again, and only with their key and their name', t => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 2000 }), bytes => {
      const sealed = seal(key, 'abc', bytes, random)
      t.is(sealed.length, bytes.length + SEAL_OVERHEAD_BYTES)
      t.deepEqual(Buffer.from(unseal(key, 'abc', sealed) as Uint8Array), Buffer.from(bytes))
      t.is(unseal(otherKey, 'abc', sealed), 'key')
      t.is(unseal(key, 'abd', sealed), 'damaged')
    }),
  )
})

test('one flipped bit or a cut anywhere never opens', t => {
  const sealed = seal(key, 'abc', Buffer.from('some configuration'), random)
  for (let bit = 0; bit < sealed.length * 8; bit++) {
    const flipped = Uint8Array.from(sealed)
    flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7))
    t.is(typeof unseal(key, 'abc', flipped), 'string')
  }
  for (let length = 0; length < sealed.length; length++)
    t.is(typeof unseal(key, 'abc', sealed.subarray(0, length)), 'string')
})

test('the same bytes are never sealed the same way twice', t => {
  const bytes = Buffer.from('the same')
  t.notDeepEqual(seal(key, 'abc', bytes, random), seal(key, 'abc', bytes, random))
})
