import test from 'ava'
import { digestOfBytes } from '../../actors/vocabulary/canonical/digest.ts'
import { type CommittedStatement, createCommittedSigner, verifyCommitted } from './committed-proof.ts'
import { createKeyPair } from './secret-stream.ts'

const { publicKey, secretKey } = createKeyPair(new Uint8Array(32).fill(3))
const STATEMENT: CommittedStatement = {
  cluster: 'c1',
  group: 'web',
  timeline: 2,
  epoch: 7,
  revision: 12,
  digest: digestOfBytes(Buffer.from('a bundle')),
  sizeBytes: 8,
}

const GOLDEN =
  '8e5ac8c605c1e4043e23b2561a94d52f20dec33c4f4b83aac96cc52a54dbc4d6' +
  '439cbd2a88013a05f91c33b8dee3964ef8d2c08cc312f39e2d7da1a9afe7990f'

test('what central signed verifies with its pinned key, and is the same each time', t => {
  const sign = createCommittedSigner(secretKey)
  const signature = sign(STATEMENT)
  t.is(signature.length, 64)
  t.deepEqual(sign({ ...STATEMENT }), signature)
  t.true(verifyCommitted(publicKey, STATEMENT, signature))
  // Pinned: other implementations verify these bytes.
  t.is(Buffer.from(signature).toString('hex'), GOLDEN)
})

test('another word, another key or another signature does not verify', t => {
  const signature = createCommittedSigner(secretKey)(STATEMENT)
  const altered: Partial<CommittedStatement>[] = [
    { cluster: 'c2' },
    { group: 'db' },
    { timeline: 3 },
    { epoch: 8 },
    { revision: 13 },
    { digest: digestOfBytes(Buffer.from('another')) },
    { sizeBytes: 9 },
  ]
  for (const change of altered) t.false(verifyCommitted(publicKey, { ...STATEMENT, ...change }, signature))
  const other = createKeyPair(new Uint8Array(32).fill(4))
  t.false(verifyCommitted(other.publicKey, STATEMENT, signature))
  for (let at = 0; at < signature.length; at += 7) {
    const forged = Uint8Array.from(signature)
    forged[at] = (forged[at] ?? 0) ^ 1
    t.false(verifyCommitted(publicKey, STATEMENT, forged))
  }
  for (const length of [0, 1, 63, 65])
    t.false(verifyCommitted(publicKey, STATEMENT, new Uint8Array(length)), `${length} bytes`)
})
