import test from 'ava'
import { digestOfBytes } from '../../../actors/vocabulary/canonical/digest.ts'
import { ADMIN, declare } from '../../engine/engine.test.kit.ts'
import { verifyCommitted } from '../../links/committed-proof.ts'
import type { DesireMessage } from '../../links/protocol.ts'
import { keyPairOf, rest, TestHost } from './link-host.test.kit.ts'
import { createCommittedProofs } from './sign-committed.ts'

const { publicKey, secretKey } = keyPairOf('central')

function isProven({ desire, proof }: DesireMessage): boolean {
  const { group, timeline, epoch, committed } = desire
  if (committed === null || proof === undefined) return false
  const { revision, digest, sizeBytes } = committed
  const statement = { cluster: 'c1', group, timeline, epoch, revision, digest, sizeBytes }
  return verifyCommitted(publicKey, statement, proof)
}

test('a signature is made once for all nodes, and anew for whatever it says', t => {
  const proofs = createCommittedProofs('c1', secretKey)
  const [first, second] = [1, 2].map(revision => ({
    revision,
    digest: digestOfBytes(Buffer.from(`${revision}`)),
    sizeBytes: 1,
  }))
  if (first === undefined || second === undefined) return t.fail()
  const order = { timeline: 1, epoch: 1 }
  const proof = proofs.of('web', order, first)
  t.is(proofs.of('web', { ...order }, { ...first }), proof)
  t.not(proofs.of('db', order, first), proof)
  t.is(proofs.of('web', order, first), proof)
  t.notDeepEqual(proofs.of('web', { timeline: 1, epoch: 2 }, first), proof)
  t.notDeepEqual(proofs.of('web', order, second), proof)
  proofs.forget('web')
  t.deepEqual(proofs.of('web', order, first), proof)
})

test('every desire carries the proof of what is committed, and a candidate never has one', async t => {
  const world = await TestHost.start()
  await world.engine.apply(declare('one'))
  const [a, b] = [await world.join('a', 'web'), await world.join('b', 'web')]
  for (const agent of [a, b]) await agent.report('web', { revision: 1, phase: 'applied' }, 1)
  await world.engine.apply(declare('two'), {}, ADMIN)
  await rest()
  t.is(a.desire('web')?.candidate?.revision, 2)
  t.is(a.desire('web')?.committed?.revision, 1)
  for (const agent of [a, b]) await agent.report('web', { revision: 2, phase: 'applied' }, 2)
  await rest()
  t.is(a.desire('web')?.committed?.revision, 2)
  for (const agent of [a, b]) {
    const desires = agent.all('desire')
    t.is(desires.length, 3)
    t.true(desires.every(isProven))
  }
  t.deepEqual(a.all('desire').at(-1)?.proof, b.all('desire').at(-1)?.proof)
  await world.stop()
})
