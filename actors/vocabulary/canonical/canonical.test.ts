import test from 'ava'
import { Decoder } from 'cbor-x'
import * as fc from 'fast-check'
import { isKonorError } from '../errors/konor-error.ts'
import type { CborValue } from './cbor-value.ts'
import { decodeCanonical, decodeCbor } from './decode-cbor.ts'
import { digestOf, isDigest } from './digest.ts'
import { CBOR_DEPTH_MAX, encodeCanonical } from './encode-canonical.ts'

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom('__proto__', 'constructor', '1', '-1'),
)
const number = fc
  .oneof(
    fc.maxSafeInteger(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.float({ noNaN: true, noDefaultInfinity: true }),
  )
  .filter(value => !Object.is(value, -0) && (!Number.isInteger(value) || Number.isSafeInteger(value)))
const { value: anyValue } = fc.letrec<{ value: CborValue }>(tie => ({
  value: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    fc.constantFrom(null, true, false),
    number,
    text,
    fc.uint8Array({ maxLength: 40 }).map(bytes => Uint8Array.from(bytes)),
    fc.array(tie('value'), { maxLength: 6 }),
    fc.array(fc.tuple(text, tie('value')), { maxLength: 6 }).map(entries => Object.fromEntries(entries)),
  ),
}))

/** Byte by byte as the RFC describes the order, by sorting whole encodings: an oracle that shares no code. */
function assertSorted(encodedKeys: readonly Uint8Array[]): boolean {
  return encodedKeys.every(
    (key, index) => index === 0 || Buffer.compare(encodedKeys[index - 1] ?? key, key) < 0,
  )
}

function refusedAs(run: () => unknown, code: 'KONOR_CBOR_MALFORMED' | 'KONOR_CBOR_UNSUPPORTED'): boolean {
  try {
    run()
  } catch (thrown) {
    if (isKonorError(thrown, code)) return true
    throw thrown
  }
  return false
}

test('what is encoded decodes to itself, and another decoder agrees', t => {
  const oracle = new Decoder({ mapsAsObjects: false, useRecords: false, tagUint8Array: false })
  fc.assert(
    fc.property(anyValue, value => {
      const bytes = encodeCanonical(value)
      t.deepEqual(decodeCanonical(bytes), value)
      t.deepEqual(fromOracle(oracle.decode(bytes)), value)
    }),
    { numRuns: 500 },
  )
})

function fromOracle(decoded: unknown): unknown {
  if (decoded instanceof Map) {
    return Object.fromEntries([...decoded].map(([key, value]: [string, unknown]) => [key, fromOracle(value)]))
  }
  if (decoded instanceof Uint8Array) return Uint8Array.from(decoded)
  if (Array.isArray(decoded)) return decoded.map(fromOracle)
  return typeof decoded === 'bigint' ? Number(decoded) : decoded
}

test('the order in which keys were set does not matter, and keys stand in the order of their encodings', t => {
  const entries = fc.uniqueArray(fc.tuple(fc.string({ unit: 'binary', maxLength: 300 }), fc.nat()), {
    selector: ([key]) => key,
    maxLength: 12,
  })
  fc.assert(
    fc.property(entries, pairs => {
      const bytes = encodeCanonical(Object.fromEntries(pairs))
      t.deepEqual(encodeCanonical(Object.fromEntries(pairs.toReversed())), bytes)
      t.is(digestOf(Object.fromEntries(pairs)), digestOf(Object.fromEntries(pairs.toReversed())))
      const keys = [...(new Decoder({ mapsAsObjects: false }).decode(bytes) as Map<string, number>).keys()]
      t.true(assertSorted(keys.map(key => encodeCanonical(key))))
    }),
  )
})

test('every looser encoding of a value decodes to it and is refused as canonical', t => {
  fc.assert(
    fc.property(anyValue, fc.infiniteStream(fc.nat(5)), (value, choices) => {
      const loose = encodeLoosely(value, () => choices.next().value ?? 0)
      t.deepEqual(decodeCbor(loose), value)
      const canonical = encodeCanonical(value)
      if (Buffer.compare(loose, canonical) === 0) t.deepEqual(decodeCanonical(loose), value)
      else t.true(refusedAs(() => decodeCanonical(loose), 'KONOR_CBOR_MALFORMED'))
    }),
    { numRuns: 500 },
  )
})

/**
 * Encodes with any head width, any float width, indefinite lengths and any order of keys, as `choose` says.
 */
function encodeLoosely(value: CborValue, choose: () => number): Buffer {
  if (value === null || typeof value === 'boolean') return Buffer.from(encodeCanonical(value))
  if (typeof value === 'number') return looseNumber(value, choose())
  if (typeof value === 'string') return looseString(3, Buffer.from(value), choose)
  if (value instanceof Uint8Array) return looseString(2, Buffer.from(value), choose)
  const isArray = Array.isArray(value)
  const items = isArray ? value : Object.entries(value)
  const order = isArray || choose() < 3 ? items : (items as unknown[]).toReversed()
  const parts = isArray
    ? (order as readonly CborValue[]).map(item => encodeLoosely(item, choose))
    : (order as [string, CborValue][]).flatMap(([key, item]) => [
        encodeLoosely(key, choose),
        encodeLoosely(item, choose),
      ])
  const major = isArray ? 4 : 5
  if (choose() === 0) return Buffer.concat([Buffer.of((major << 5) | 31), ...parts, Buffer.of(0xff)])
  return Buffer.concat([looseHead(major, items.length, choose()), ...parts])
}

function looseNumber(value: number, choice: number): Buffer {
  if (Number.isInteger(value) && choice > 0)
    return value >= 0 ? looseHead(0, value, choice) : looseHead(1, -1 - value, choice)
  const double = Buffer.alloc(9, 0xfb)
  double.writeDoubleBE(value, 1)
  return double
}

function looseString(major: number, bytes: Buffer, choose: () => number): Buffer {
  if (choose() > 0) return Buffer.concat([looseHead(major, bytes.length, choose()), bytes])
  return Buffer.concat([
    Buffer.of((major << 5) | 31),
    looseHead(major, bytes.length, choose()),
    bytes,
    Buffer.of(0xff),
  ])
}

/** A head at least as wide as its argument needs; `choice` widens it. */
function looseHead(major: number, argument: number, choice: number): Buffer {
  const needed =
    argument < 24 ? 0 : argument < 0x100 ? 1 : argument < 0x10000 ? 2 : argument < 0x100000000 ? 3 : 4
  const width = Math.min(4, Math.max(needed, choice < 4 ? needed : needed + choice - 3))
  if (width === 0) return Buffer.of((major << 5) | argument)
  const head = Buffer.alloc(1 + 2 ** (width - 1), (major << 5) | (23 + width))
  if (width === 4) head.writeBigUInt64BE(BigInt(argument), 1)
  else head.writeUIntBE(argument, 1, 2 ** (width - 1))
  return head
}

test('no bytes make the decoder throw anything but its code', t => {
  const random = fc.uint8Array({ maxLength: 200 })
  const mutated = fc.tuple(anyValue, fc.nat(), fc.nat(255)).map(([value, at, byte]) => {
    const bytes = encodeCanonical(value)
    if (bytes.length > 0) bytes[at % bytes.length] = byte
    return bytes
  })
  const truncated = fc.tuple(anyValue, fc.nat()).map(([value, at]) => {
    const bytes = encodeCanonical(value)
    return bytes.subarray(0, at % bytes.length)
  })
  fc.assert(
    fc.property(fc.oneof(random, mutated, truncated), bytes => {
      for (const decode of [decodeCbor, decodeCanonical]) {
        let value: CborValue
        try {
          value = decode(bytes)
        } catch (thrown) {
          if (!isKonorError(thrown, 'KONOR_CBOR_MALFORMED')) throw thrown
          continue
        }
        t.deepEqual(decodeCbor(encodeCanonical(value)), value)
      }
    }),
    { numRuns: 3_000 },
  )
})

test('a count is not believed before its bytes are there', t => {
  const lies = [
    '9affffffff',
    '9bffffffffffffffff',
    'baffffffff',
    'bb7fffffffffffffff',
    '5affffffff',
    '7bffffffffffffffff',
  ]
  for (const hex of lies) {
    const bytes = Buffer.from(`${hex}00`, 'hex')
    const before = process.memoryUsage().heapUsed
    t.true(
      refusedAs(() => decodeCbor(bytes), 'KONOR_CBOR_MALFORMED'),
      hex,
    )
    t.true(process.memoryUsage().heapUsed - before < 16 * 1024 * 1024, hex)
  }
})

test('nesting ends at the same depth both ways, and never in a stack overflow', t => {
  const nested = (depth: number): CborValue => (depth === 0 ? 1 : [nested(depth - 1)])
  t.deepEqual(decodeCanonical(encodeCanonical(nested(CBOR_DEPTH_MAX))), nested(CBOR_DEPTH_MAX))
  t.true(refusedAs(() => encodeCanonical(nested(CBOR_DEPTH_MAX + 1)), 'KONOR_CBOR_UNSUPPORTED'))
  const tooDeep = Buffer.concat([Buffer.alloc(CBOR_DEPTH_MAX, 0x81), Buffer.of(0x80)])
  t.true(refusedAs(() => decodeCanonical(tooDeep), 'KONOR_CBOR_MALFORMED'))
  for (const byte of [0x81, 0x9f, 0xbf, 0xa1]) {
    t.true(refusedAs(() => decodeCbor(Buffer.alloc(1_000_000, byte)), 'KONOR_CBOR_MALFORMED'))
  }
  const endless: CborValue[] = []
  endless.push(endless)
  t.true(refusedAs(() => encodeCanonical(endless), 'KONOR_CBOR_UNSUPPORTED'))
})

test('what has no canonical form is refused', t => {
  const unsupported: readonly unknown[] = [
    -0,
    NaN,
    Infinity,
    -Infinity,
    2 ** 53,
    -(2 ** 53),
    1e300,
    undefined,
    [undefined],
    Array.from({ length: 2 }).fill(undefined),
    10n,
    Symbol('s'),
    () => 1,
    new Date(0),
    new Map(),
    new Set(),
    Int8Array.of(1),
    { k: '\ud800' },
    { '\udfff': 1 },
    `${'a'.repeat(30)}\udc00`,
  ]
  for (const value of unsupported) {
    t.true(refusedAs(() => encodeCanonical(value as CborValue), 'KONOR_CBOR_UNSUPPORTED'))
  }
})

test('malformed items are named by their code', t => {
  const malformed = [
    '',
    'ff',
    '0000',
    '1c',
    '1f',
    '3f',
    'df',
    'fc',
    'f818',
    '61ff',
    '63eda080',
    '5f6161ff',
    '7f4161ff',
    '5f5f4101ffff',
    '81ff',
    'a1ff',
    'a161 61ff',
    'bf6161ff',
    'a2616101616102',
    'a2695f5f70726f746f5f5f01695f5f70726f746f5f5f02',
    'bf01ff',
    'a1f600',
  ]
  for (const hex of malformed) {
    const bytes = Buffer.from(hex.replaceAll(' ', ''), 'hex')
    t.true(
      refusedAs(() => decodeCbor(bytes), 'KONOR_CBOR_MALFORMED'),
      hex,
    )
  }
})

test('a hostile key is only a key', t => {
  const value = decodeCbor(Buffer.from('a1695f5f70726f746f5f5fa16161f5', 'hex')) as Record<string, unknown>
  t.deepEqual(Object.keys(value), ['__proto__'])
  t.is(value['a'], undefined)
  t.is(Object.getPrototypeOf(value), Object.prototype)
  t.is(Buffer.from(encodeCanonical(value as CborValue)).toString('hex'), 'a1695f5f70726f746f5f5fa16161f5')
})

test('decoded bytes are copies, and a digest is 64 hexadecimal digits', t => {
  for (const source of [
    Uint8Array.of(0x42, 1, 2),
    Buffer.of(0x42, 1, 2),
    Buffer.of(0x5f, 0x42, 1, 2, 0xff),
  ]) {
    const decoded = decodeCbor(source)
    source.fill(9)
    t.deepEqual(decoded, Uint8Array.of(1, 2))
  }
  t.true(isDigest(digestOf({ a: 1 })))
  t.false(isDigest('A'.repeat(64)))
  t.is<string, string>(digestOf({}), 'c19a797fa1fd590cd2e5b42d1cf5f246e29b91684e2f87404b81dc345c7a56a0')
})
