import test from 'ava'
import { KonorError } from '../../../actors/vocabulary/errors/konor-error.ts'
import { digestOf } from '../../../actors/vocabulary/canonical/digest.ts'
import type { Caller } from '../../engine/control.ts'
import { ADMIN, declare, TestEngine } from '../../engine/engine.test.kit.ts'
import { SeededRandom } from '../../ports/seeded-random.ts'
import { createReads } from '../reads/create-reads.ts'
import { createTokenMint } from '../token-mint.ts'
import { createWrites } from './create-writes.ts'

test('what is said again is done already: no refusal, no second record', async t => {
  const engine = await TestEngine.start()
  await engine.apply(declare('one', 'strong'))
  await engine.join('web', 'a', 'b')
  const writes = writesOf(engine)
  await engine.applied('web', 1, 'a', 'b')
  await engine.apply(declare('two', 'strong'))
  const { id } = await writes.createToken('web', {}, ADMIN)
  const wishes = [
    () => writes.rollout('web', 'pause', ADMIN),
    () => writes.drainNode('b', ADMIN),
    () => writes.revokeToken(id, ADMIN),
  ]
  for (const wish of wishes) {
    const { seq } = engine.leader.position
    const first = await wish()
    const after = engine.leader.position.seq
    t.true(after > seq)
    t.deepEqual(await wish(), first)
    t.is(engine.leader.position.seq, after)
  }
  await writes.rollout('web', 'resume', ADMIN)
  const refused = await t.throwsAsync(writes.rollout('web', 'resume', ADMIN))
  t.true(refused instanceof KonorError)
  await engine.stop()
})

test('a request that is repeated under its idempotency key is answered, not judged by what it did itself', async t => {
  const engine = await TestEngine.start()
  await engine.apply(declare('one', 'strong'))
  const writes = writesOf(engine)
  const requests = [
    (caller: Caller) =>
      writes.changeEntries(
        { path: '/apart', set: { a: 1 }, remove: [], ifMatch: { version: 0, key: 'a' } },
        caller,
      ),
    (caller: Caller) => writes.remove('configset', '/apart', 1, caller),
    (caller: Caller) => writes.remove('group', 'web', undefined, caller),
  ]
  for (const [index, request] of requests.entries()) {
    const caller = { ...ADMIN, idempotencyKey: `request ${index}`, requestDigest: digestOf(index) }
    const first = await request(caller)
    t.is((await request(caller)).id, first.id)
    const other = { ...caller, requestDigest: digestOf('another') }
    await t.throwsAsync(request(other), { code: 'KONOR_ENGINE_IDEMPOTENCY_REUSED' })
  }
  await engine.stop()
})

function writesOf(engine: TestEngine) {
  const { leader, clock, journal } = engine
  const random = new SeededRandom('writes')
  const reads = createReads({ leader, journal, clock, clusterId: 'c1', version: '1.0.0' })
  const tokens = createTokenMint({
    secret: random.bytes(32),
    cluster: 'c1',
    publicKey: random.bytes(32),
    address: () => '127.0.0.1:1',
    bundleKey: () => random.bytes(32),
  })
  return createWrites({ leader, clock, random, tokens, reads })
}
