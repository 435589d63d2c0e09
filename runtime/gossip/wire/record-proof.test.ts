import test from 'ava'
import type { Update } from '../core/messages.ts'
import { createMemberIdentity } from './member-identity.ts'
import { signRecord, verifyRecord } from './record-proof.ts'

const identity = createMemberIdentity(new Uint8Array(32).fill(1))
const other = createMemberIdentity(new Uint8Array(32).fill(2))
const plain: Update = {
  state: 'alive',
  id: identity.id,
  epoch: 4,
  incarnation: 2,
  address: '10.0.0.1:7602',
  metaHash: 'aabb',
}
const signed = { ...plain, signature: signRecord(identity, 'c-1', plain) }

test('a record of its subject verifies, whoever relays it and with whichever accusers', t => {
  t.is(signed.signature.length, 96)
  t.true(verifyRecord('c-1', signed))
  t.true(verifyRecord('c-1', { ...signed, accusers: [other.id] }))
})

test('no field of it can be another', t => {
  const { address: _address, ...homeless } = signed
  const lies: readonly Update[] = [
    { ...signed, state: 'left' },
    { ...signed, id: other.id },
    { ...signed, epoch: 5 },
    { ...signed, incarnation: 3 },
    { ...signed, address: '10.0.0.2:7602' },
    { ...signed, metaHash: 'aabc' },
    homeless,
    plain,
    { ...signed, signature: signed.signature.subarray(1) },
    { ...signed, signature: new Uint8Array(96) },
    // The right sentence, said by somebody else.
    { ...signed, signature: signRecord(other, 'c-1', plain) },
  ]
  for (const lie of lies) t.false(verifyRecord('c-1', lie))
  t.false(verifyRecord('c-2', signed), 'of another cluster')
})
