import test from 'ava'
import fc from 'fast-check'
import type { CborValue } from '../../actors/vocabulary/canonical/cbor-value.ts'
import { encodeCanonical } from '../../actors/vocabulary/canonical/encode-canonical.ts'
import { readCbor } from './read-cbor.ts'

const bytesOf = (hex: string) => Uint8Array.from(Buffer.from(hex, 'hex'))

test('the examples of RFC 8949 read as they are written there', t => {
  const examples: readonly (readonly [string, unknown])[] = [
    ['1903e8', 1_000],
    ['1b000000e8d4a51000', 1_000_000_000_000],
    ['3903e7', -1_000],
    ['f93c00', 1],
    ['f9c400', -4],
    ['fa47c35000', 100_000],
    ['fb3ff199999999999a', 1.1],
    ['f5', true],
    ['f6', null],
    ['6449455446', 'IETF'],
    ['83010203', [1, 2, 3]],
    ['a26161016162820203', { a: 1, b: [2, 3] }],
  ]
  for (const [hex, value] of examples) t.deepEqual(readCbor(bytesOf(hex)), value)
})

test('what is cut off, goes on, or has no definite length is no item', t => {
  for (const hex of ['6449', '0101', '9fff', 'ff', '19'])
    t.throws(() => readCbor(bytesOf(hex)), { any: true })
})

test('it reads what the product writes', t => {
  const number = fc
    .float({ noNaN: true, noDefaultInfinity: true })
    .filter(one => !Object.is(one, -0) && (!Number.isInteger(one) || Number.isSafeInteger(one)))
  const leaves = [number, fc.maxSafeInteger(), fc.string(), fc.boolean(), fc.constant(null)]
  const values = fc.anything({
    values: leaves,
    key: fc.string().filter(key => key !== '__proto__'),
    maxDepth: 4,
  })
  fc.assert(
    fc.property(values, value => {
      const plain = JSON.parse(JSON.stringify(value)) as CborValue
      t.deepEqual(readCbor(encodeCanonical(plain)), plain as unknown)
    }),
  )
})
