import test from 'ava'
import { digestOfBytes } from '../../actors/vocabulary/canonical/digest.ts'
import type { Desire } from '../../actors/vocabulary/desire.ts'
import { isKonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import { createCommittedSigner } from '../../runtime/links/committed-proof.ts'
import { keyPairOfSeed } from '../store/node-keys.ts'
import { readProof } from './read-proof.ts'

const central = keyPairOfSeed(new Uint8Array(32).fill(3))
const cluster = { id: 'c1', address: 'central:7601', key: central.publicKey }
const committed = { revision: 4, digest: digestOfBytes(Buffer.from('a bundle')), sizeBytes: 8 }
const desire: Desire = {
  group: 'web',
  timeline: 1,
  epoch: 2,
  committed,
  candidate: null,
  retry: 0,
  removed: false,
}
const signature = createCommittedSigner(central.secretKey)({
  cluster: 'c1',
  group: 'web',
  timeline: 1,
  epoch: 2,
  ...committed,
})

test('a proof that is held is taken again, and nothing that differs from it in a word', t => {
  const held = readProof(cluster, desire, signature)
  if (held === undefined) return t.fail()
  t.deepEqual(readProof(cluster, desire, Uint8Array.from(signature), held), held)
  const other = { ...committed, digest: digestOfBytes(Buffer.from('another')) }
  const forged = Uint8Array.from(signature, (byte, at) => (at === 5 ? byte ^ 1 : byte))
  const lies: readonly (readonly [Desire, Uint8Array])[] = [
    [{ ...desire, timeline: 2 }, signature],
    [{ ...desire, epoch: 3 }, signature],
    [{ ...desire, committed: { ...committed, revision: 5 } }, signature],
    [{ ...desire, committed: { ...committed, sizeBytes: 9 } }, signature],
    [{ ...desire, committed: other }, signature],
    [desire, forged],
  ]
  for (const [said, signed] of lies) {
    const error = t.throws(() => readProof(cluster, said, signed, held))
    t.true(isKonorError(error, 'KONOR_AGENT_BAD_PROOF'))
  }
  t.throws(() => readProof(null, desire, signature, held), undefined, 'who has joined nothing pins no key')
})
