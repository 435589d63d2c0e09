import test from 'ava'
import { isKonorError } from '../errors/konor-error.ts'
import type { CborValue } from './cbor-value.ts'
import { decodeCanonical, decodeCbor } from './decode-cbor.ts'
import { encodeCanonical } from './encode-canonical.ts'

// RFC 8949, appendix A, table 6: every row that our value model can hold, and every row that it refuses.

const bytesOf = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, 'hex'))
const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

const array25 = Array.from({ length: 25 }, (_, index) => index + 1)

/** Rows that are deterministic already: both ways. */
const DETERMINISTIC: readonly (readonly [string, CborValue])[] = [
  ['00', 0],
  ['01', 1],
  ['0a', 10],
  ['17', 23],
  ['1818', 24],
  ['1819', 25],
  ['1864', 100],
  ['1903e8', 1000],
  ['1a000f4240', 1000000],
  ['1b000000e8d4a51000', 1000000000000],
  ['20', -1],
  ['29', -10],
  ['3863', -100],
  ['3903e7', -1000],
  ['f93e00', 1.5],
  ['fb3ff199999999999a', 1.1],
  ['f90001', 5.960464477539063e-8],
  ['f90400', 0.00006103515625],
  ['fbc010666666666666', -4.1],
  ['f4', false],
  ['f5', true],
  ['f6', null],
  ['40', new Uint8Array()],
  ['4401020304', Uint8Array.of(1, 2, 3, 4)],
  ['60', ''],
  ['6161', 'a'],
  ['6449455446', 'IETF'],
  ['62225c', '"\\'],
  ['62c3bc', '\u00fc'],
  ['63e6b0b4', '\u6c34'],
  ['64f0908591', '\ud800\udd51'],
  ['80', []],
  ['83010203', [1, 2, 3]],
  ['8301820203820405', [1, [2, 3], [4, 5]]],
  ['98190102030405060708090a0b0c0d0e0f101112131415161718181819', array25],
  ['a0', {}],
  ['a26161016162820203', { a: 1, b: [2, 3] }],
  ['826161a161626163', ['a', { b: 'c' }]],
  ['a56161614161626142616361436164614461656145', { a: 'A', b: 'B', c: 'C', d: 'D', e: 'E' }],
]

/** Rows that decode, and are another encoding of their value than ours. */
const OTHER_FORMS: readonly (readonly [string, CborValue])[] = [
  ['f90000', 0],
  ['f93c00', 1],
  ['f97bff', 65504],
  ['fa47c35000', 100000],
  ['f9c400', -4],
  ['5f42010243030405ff', Uint8Array.of(1, 2, 3, 4, 5)],
  ['7f657374726561646d696e67ff', 'streaming'],
  ['9fff', []],
  ['9f018202039f0405ffff', [1, [2, 3], [4, 5]]],
  ['9f01820203820405ff', [1, [2, 3], [4, 5]]],
  ['83018202039f0405ff', [1, [2, 3], [4, 5]]],
  ['83019f0203ff820405', [1, [2, 3], [4, 5]]],
  ['9f0102030405060708090a0b0c0d0e0f101112131415161718181819ff', array25],
  ['bf61610161629f0203ffff', { a: 1, b: [2, 3] }],
  ['826161bf61626163ff', ['a', { b: 'c' }]],
  ['bf6346756ef563416d7421ff', { Fun: true, Amt: -2 }],
]

/**
 * Rows beyond our values: big integers, -0, NaN, infinities, tags, undefined, other simple values, integer
 * keys.
 */
const REFUSED = [
  '1bffffffffffffffff c249010000000000000000 3bffffffffffffffff c349010000000000000000',
  'f98000 fa7f7fffff fb7e37e43c8800759c f97c00 f97e00 f9fc00 fa7f800000 fa7fc00000 faff800000',
  'fb7ff0000000000000 fb7ff8000000000000 fbfff0000000000000 f7 f0 f8ff',
  'c074323031332d30332d32315432303a30343a30305a c11a514b67b0 c1fb41d452d9e20000000 d74401020304',
  'd818456449455446 d82076687474703a2f2f7777772e6578616d706c652e636f6d a201020304',
].flatMap(row => row.split(' '))

test('deterministic rows encode and decode both ways', t => {
  for (const [hex, value] of DETERMINISTIC) {
    t.is(hexOf(encodeCanonical(value)), hex)
    t.deepEqual(decodeCanonical(bytesOf(hex)), value)
  }
})

test('other forms decode and are refused as canonical', t => {
  for (const [hex, value] of OTHER_FORMS) {
    t.deepEqual(decodeCbor(bytesOf(hex)), value)
    const thrown = t.throws(() => decodeCanonical(bytesOf(hex)), undefined, hex)
    t.true(isKonorError(thrown, 'KONOR_CBOR_MALFORMED'))
  }
})

test('rows beyond our values are refused', t => {
  for (const hex of REFUSED) {
    const thrown = t.throws(() => decodeCbor(bytesOf(hex)), undefined, hex)
    t.true(isKonorError(thrown, 'KONOR_CBOR_MALFORMED'), hex)
  }
})

test('the 16-bit floats are exact, every one of them', t => {
  for (let bits = 0; bits < 0x10000; bits++) {
    const bytes = Uint8Array.of(0xf9, bits >> 8, bits & 0xff)
    const exponent = (bits >> 10) & 0x1f
    const negativeZero = bits === 0x8000
    if (exponent === 31 || negativeZero) {
      t.throws(() => decodeCbor(bytes))
      continue
    }
    const value = decodeCbor(bytes) as number
    const encoded = encodeCanonical(value)
    if (Number.isInteger(value)) t.is(decodeCbor(encoded), value)
    else if (Buffer.compare(encoded, bytes) !== 0)
      t.fail(`half ${bits.toString(16)} came back as ${hexOf(encoded)}`)
  }
})
