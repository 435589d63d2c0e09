import test from 'ava'
import { encode } from 'cbor-x'
import fc from 'fast-check'
import { DATAGRAM_OVERHEAD_BYTES } from './message-bounds.ts'
import { messageSizeBytes, updateSizeBytes } from './message-size.ts'
import type { Update } from './messages.ts'

const ids = fc.stringMatching(/^[0-9a-f]{32}$/)
const numbers = fc.oneof(fc.nat(30), fc.nat(70_000), fc.maxSafeNat())
const updates: fc.Arbitrary<Update> = fc
  .record(
    {
      state: fc.constantFrom('alive', 'suspect', 'dead', 'left'),
      id: ids,
      epoch: numbers,
      incarnation: numbers,
      accusers: fc.array(ids, { maxLength: 5 }),
      address: fc.constantFrom('10.0.0.1:7602', '[2001:db8::1]:65535', 'knoten-ü.example:1'),
      metaHash: fc.stringMatching(/^([0-9a-f]{2}){8}$/),
      signature: fc.uint8Array({ minLength: 96, maxLength: 96 }),
    },
    { requiredKeys: ['state', 'id', 'epoch', 'incarnation'] },
  )
  .map(update => update as Update)
  .map(({ signature, ...update }) =>
    signature === undefined || update.state === 'suspect' || update.state === 'dead'
      ? update
      : { ...update, signature },
  )

/** What the one letter of the addresses below that is not ASCII is reckoned at too much. */
const NOT_ASCII_BYTES = 1

/** The update as it goes on the wire: an array in the order of its fields, absent ones null. */
function asArray(update: Update): unknown[] {
  const bytes = (hex: string) => Buffer.from(hex, 'hex')
  const whole = (value: number) => (value > 0xffff_ffff ? BigInt(value) : value)
  const signature = update.signature === undefined ? null : Buffer.from(update.signature)
  const life = [whole(update.epoch), whole(update.incarnation)]
  const head = [0, signature === null ? bytes(update.id) : null, ...life]
  if (update.state === 'left') return [...head, signature]
  if (update.state !== 'alive') return [...head, update.accusers?.map(bytes) ?? []]
  const metaHash = update.metaHash === undefined ? null : bytes(update.metaHash)
  return [...head, update.address ?? null, metaHash, signature]
}

test('an update takes the bytes that are reckoned', t => {
  t.notThrows(() =>
    fc.assert(
      fc.property(updates, update => {
        const encoded = encode(asArray(update)).length
        const estimated = updateSizeBytes(update)
        return encoded <= estimated && estimated <= encoded + NOT_ASCII_BYTES
      }),
    ),
  )
})

test('a message is its overhead, its envelope and its updates', t => {
  const update: Update = { state: 'alive', id: 'ab'.repeat(16), epoch: 1, incarnation: 0 }
  const empty = messageSizeBytes({ kind: 'gossip', updates: [] })
  t.true(empty >= DATAGRAM_OVERHEAD_BYTES)
  t.is(messageSizeBytes({ kind: 'gossip', updates: [update, update] }), empty + 2 * updateSizeBytes(update))
})
