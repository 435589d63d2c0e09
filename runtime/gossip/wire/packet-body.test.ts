import test from 'ava'
import fc from 'fast-check'
import type { CborValue } from '../../../actors/vocabulary/canonical/cbor-value.ts'
import { decodeCbor } from '../../../actors/vocabulary/canonical/decode-cbor.ts'
import { encodeCanonical } from '../../../actors/vocabulary/canonical/encode-canonical.ts'
import { isKonorError } from '../../../actors/vocabulary/errors/konor-error.ts'
import { DATAGRAM_SPARE_BYTES } from '../core/message-bounds.ts'
import { messageSizeBytes } from '../core/message-size.ts'
import type { Message } from '../core/messages.ts'
import { messages, speakers } from './arbitrary-messages.test.kit.ts'
import { decodeBody, encodeBody, type Handshake } from './packet-body.ts'
import { BODY_BYTES_MAX, KEY_ID_BYTES, PACKET_OVERHEAD_BYTES } from './wire-limits.ts'

const speaker = { id: 'ab'.repeat(16), epoch: 3, incarnation: 1 }

test('every message comes back as it went', t => {
  fc.assert(
    fc.property(speakers, messages, (speaker, message) => {
      t.deepEqual(decodeBody(encodeBody(speaker, message)), { speaker, message })
    }),
    { numRuns: 1_000 },
  )
  const handshake: Handshake = {
    kind: 'handshake',
    key: new Uint8Array(32).fill(4),
    challenge: new Uint8Array(16).fill(1),
    echo: new Uint8Array(16).fill(2),
    proof: new Uint8Array(96).fill(3),
  }
  t.deepEqual(decodeBody(encodeBody(speaker, handshake)).message, handshake)
  const bare: Handshake = { kind: 'handshake', key: new Uint8Array(32) }
  t.deepEqual(decodeBody(encodeBody(speaker, bare)).message, bare)
})

test('a message takes just the bytes that the core reckons, and there is room for a keyring digest', t => {
  fc.assert(
    fc.property(speakers, messages, (speaker, message) => {
      const packetBytes = encodeBody(speaker, message).length + PACKET_OVERHEAD_BYTES
      return packetBytes === messageSizeBytes(message, speaker) && packetBytes <= messageSizeBytes(message)
    }),
    { numRuns: 1_000 },
  )
  t.true(KEY_ID_BYTES <= DATAGRAM_SPARE_BYTES)
})

test('a kind of a later version is ignored, whatever its fields', t => {
  const later = encodeCanonical([77, Buffer.from(speaker.id, 'hex'), 3, 1, ['new', { field: 1.5 }]])
  t.deepEqual(decodeBody(later), { speaker, message: { kind: 'unknown' } })
})

const isMalformed = (bytes: Uint8Array): boolean => {
  try {
    decodeBody(bytes)
    return false
  } catch (thrown) {
    return isKonorError(thrown, 'KONOR_GOSSIP_MALFORMED')
  }
}

/** Whether decoding gives a message or the one coded error, and nothing else. */
const isOrderly = (bytes: Uint8Array): boolean => {
  try {
    decodeBody(bytes)
    return true
  } catch (thrown) {
    return isKonorError(thrown, 'KONOR_GOSSIP_MALFORMED')
  }
}

test('random bytes, changed bodies and cut bodies give a message or the coded error', t => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: BODY_BYTES_MAX }), isOrderly), { numRuns: 5_000 })
  const changes = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 6 })
  fc.assert(
    fc.property(messages, changes, (message, changes) => {
      const bytes = encodeBody(speaker, message)
      for (const [at, byte] of changes) bytes[at % bytes.length] = byte
      return isOrderly(bytes)
    }),
    { numRuns: 5_000 },
  )
  t.notThrows(() =>
    fc.assert(
      fc.property(messages, fc.nat(), (message, cut) => {
        const bytes = encodeBody(speaker, message)
        return isMalformed(bytes.subarray(0, cut % bytes.length))
      }),
      { numRuns: 1_000 },
    ),
  )
})

const strays = fc.oneof(
  fc.constantFrom<CborValue>(null, true, -1, 1.5, 2 ** 53 - 1, '', 'x'.repeat(300)),
  fc.constantFrom<CborValue>(new Uint8Array(3), new Uint8Array(600), {}, { a: 1 }, [], [[[]]]),
  fc.constant<CborValue>(Array<CborValue>(70).fill(0)),
)

test('a field of another type or beyond its bounds gives a message or the coded error', t => {
  t.notThrows(() =>
    fc.assert(
      fc.property(messages, fc.array(fc.nat(), { maxLength: 4 }), strays, (message, path, stray) => {
        const value = decodeCbor(encodeBody(speaker, message))
        return isOrderly(encodeCanonical(replaceAt(value, path, stray)))
      }),
      { numRuns: 5_000 },
    ),
  )
})

function replaceAt(value: CborValue, path: readonly number[], stray: CborValue): CborValue {
  const [first, ...rest] = path
  if (first === undefined || !Array.isArray(value) || value.length === 0) return stray
  const items = [...(value as readonly CborValue[])]
  const index = first % items.length
  items[index] = replaceAt(items[index] ?? null, rest, stray)
  return items
}

test('missing and surplus fields, other encodings and wrong fields are refused', t => {
  const bodies: readonly (readonly [string, CborValue])[] = [
    ['a surplus field', [3, new Uint8Array(16), 1, 0, 7, 1]],
    ['a missing field', [3, new Uint8Array(16), 1, 0]],
    ['a short id', [3, new Uint8Array(15), 1, 0, 7]],
    ['a negative number', [3, new Uint8Array(16), 1, 0, -7]],
    ['a fraction', [3, new Uint8Array(16), 1, 0, 0.5]],
    ['a text for a number', [3, new Uint8Array(16), 1, 0, '7']],
    ['an update that is none', [4, new Uint8Array(16), 1, 0, [7]]],
    ['an unknown state', [4, new Uint8Array(16), 1, 0, [[9, new Uint8Array(16), 1, 0, []]]]],
    [
      'an address in an accusation',
      [4, new Uint8Array(16), 1, 0, [[1, new Uint8Array(16), 1, 0, [], 'a:1']]],
    ],
    [
      'an id beside a proof',
      [4, new Uint8Array(16), 1, 0, [[3, new Uint8Array(16), 1, 0, new Uint8Array(96)]]],
    ],
    ['a life of nobody', [4, new Uint8Array(16), 1, 0, [[0, null, 1, 0, 'a:1', null, null]]]],
    ['too many hashes', [5, new Uint8Array(16), 1, 0, 1, Array<number>(65).fill(1)]],
    ['a hash of more than 32 bits', [5, new Uint8Array(16), 1, 0, 2 ** 32, []]],
    ['a key of another size', [10, new Uint8Array(16), 1, 0, new Uint8Array(31), null, null, null]],
    ['no key', [10, new Uint8Array(16), 1, 0, null, null, null, null]],
    [
      'a cookie of another size',
      [10, new Uint8Array(16), 1, 0, new Uint8Array(32), new Uint8Array(15), null, null],
    ],
    ['a map', { kind: 3 }],
    ['nothing', []],
  ]
  for (const [what, body] of bodies) t.true(isMalformed(encodeCanonical(body)), what)
  // The same nack with its seq in a wider head than it needs.
  const nack: Message = { kind: 'nack', seq: 7 }
  const wide = Buffer.concat([encodeBody(speaker, nack).subarray(0, -1), Buffer.from([0x18, 7])])
  t.true(isMalformed(wide))
})
