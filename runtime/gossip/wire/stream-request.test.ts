import test from 'ava'
import fc from 'fast-check'
import type { CborValue } from '../../../actors/vocabulary/canonical/cbor-value.ts'
import { encodeCanonical } from '../../../actors/vocabulary/canonical/encode-canonical.ts'
import { SeededRandom } from '../../ports/seeded-random.ts'
import { decodeReply, decodeRequest, encodeReply, encodeRequest } from './stream-request.ts'
import {
  REPLY_BYTES_MAX,
  REPLY_PIECES_MAX,
  REQUEST_BYTES_MAX,
  REQUEST_NAME_LENGTH_MAX,
} from './wire-limits.ts'

const SPEAKER = { id: '10ba682c8ad13513971e8b56881aab8b', epoch: 3, incarnation: 1 }
const ID = Buffer.from(SPEAKER.id, 'hex')
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

test('the bodies are those of the protocol page, byte for byte', t => {
  const request = encodeRequest(SPEAKER, { name: 'a/1', payload: Uint8Array.of(1, 2) })
  t.is(hex(request), '860c5010ba682c8ad13513971e8b56881aab8b030163612f31420102')
  const reply = encodeReply(SPEAKER, { index: 1, outcome: 'last', bytes: Uint8Array.of(9) })
  t.is(hex(reply), '870d5010ba682c8ad13513971e8b56881aab8b030101014109')
})

test('what is encoded is read again, and never as the other kind', t => {
  const payload = fc.uint8Array({ maxLength: REQUEST_BYTES_MAX })
  const name = fc.string({ minLength: 1, maxLength: REQUEST_NAME_LENGTH_MAX })
  const outcome = fc.constantFrom('more' as const, 'last' as const, 'refused' as const)
  const index = fc.nat(REPLY_PIECES_MAX - 1)
  fc.assert(
    fc.property(fc.record({ name, payload }), fc.record({ index, outcome, bytes: payload }), (one, other) => {
      const [request, reply] = [encodeRequest(SPEAKER, one), encodeReply(SPEAKER, other)]
      t.deepEqual(decodeRequest(request), { speaker: SPEAKER, request: one })
      t.deepEqual(decodeReply(reply), { speaker: SPEAKER, reply: other })
      t.is(decodeReply(request), undefined)
      t.is(decodeRequest(reply), undefined)
    }),
    { numRuns: 50 },
  )
})

test('whatever exceeds a bound, or is not exactly a sentence of the protocol, is refused', t => {
  const bodies: CborValue[] = [
    [12, ID, 3, 1, '', Buffer.alloc(1)],
    [12, ID, 3, 1, 'x'.repeat(REQUEST_NAME_LENGTH_MAX + 1), Buffer.alloc(1)],
    [12, ID, 3, 1, 'a', Buffer.alloc(REQUEST_BYTES_MAX + 1)],
    [12, ID, 3, 1, 'a', Buffer.alloc(1), 0],
    [12, ID, 3, 1, 'a'],
    [12, ID, 3, 1, 7, Buffer.alloc(1)],
    [12, Buffer.alloc(15), 3, 1, 'a', Buffer.alloc(1)],
    [13, ID, 3, 1, REPLY_PIECES_MAX, 0, Buffer.alloc(1)],
    [13, ID, 3, 1, 0, 3, Buffer.alloc(1)],
    [13, ID, 3, 1, 0, 0, Buffer.alloc(REPLY_BYTES_MAX + 1)],
    [13, ID, 3, 1, 0, 0, 'text'],
    { kind: 12 },
    12,
  ]
  for (const body of bodies.map(value => encodeCanonical(value))) {
    t.is(decodeRequest(body), undefined)
    t.is(decodeReply(body), undefined)
  }
  const random = new SeededRandom('bodies')
  for (let n = 0; n < 500; n++) {
    const bytes = random.bytes(random.integer(80))
    t.is(decodeRequest(bytes), undefined)
    t.is(decodeReply(bytes), undefined)
  }
})
