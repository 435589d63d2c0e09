import test from 'ava'
import type { KeyringPhase } from '../../../actors/keyring/chart.ts'
import { ADMIN, TestEngine } from '../../engine/engine.test.kit.ts'
import { deriveBundleKey, groupKeys } from './derive-keys.ts'
import { generationsOf, keyStageOf, stageNumber } from './key-stage.ts'

const SYSTEM = { principal: 'system', scopes: ['system'] }

async function advance(engine: TestEngine, generation: number, phase: KeyringPhase): Promise<void> {
  await engine.submit(SYSTEM, 'advance-keyring', { generation, phase, missing: ['n9'] })
}

test('a rotation goes through its phases once, in order, whatever is said twice or too late', async t => {
  const engine = await TestEngine.start()
  const stage = () => keyStageOf(engine.leader.view)
  const numbers = [stageNumber(stage())]
  t.like(stage(), { generation: 1, phase: 'settled' })
  t.deepEqual(generationsOf(stage()), [1])
  await engine.submit(ADMIN, 'rotate-keyring', {})
  const refused = await t.throwsAsync(engine.submit(ADMIN, 'rotate-keyring', {}))
  t.like(refused, { code: 'KONOR_GOSSIP_ROTATING' })
  const expected: readonly [KeyringPhase, readonly number[]][] = [
    ['installing', [1, 2]],
    ['using', [2, 1]],
    ['removing', [2]],
  ]
  for (const [phase, generations] of expected) {
    t.is(stage().phase, phase)
    t.deepEqual(generationsOf(stage()), generations)
    numbers.push(stageNumber(stage()))
    await advance(engine, 1, phase)
    await advance(engine, 2, 'settled')
    t.is(stage().phase, phase)
    await advance(engine, 2, phase)
    await advance(engine, 2, phase)
  }
  t.like(stage(), { generation: 2, phase: 'settled' })
  numbers.push(stageNumber(stage()))
  t.deepEqual(
    numbers,
    [...new Set(numbers)].toSorted((a, b) => a - b),
  )
  await engine.stop()
})

test('an admin may rotate and not advance, a node neither', async t => {
  const engine = await TestEngine.start()
  const node = { principal: 'node/n1', scopes: ['node'] }
  await t.throwsAsync(engine.submit(node, 'rotate-keyring', {}), { message: /admin/ })
  await t.throwsAsync(
    engine.submit(ADMIN, 'advance-keyring', { generation: 1, phase: 'settled', missing: [] }),
    {
      message: /system/,
    },
  )
  await engine.stop()
})

test('each generation, group and secret has a key of its own, the same every time', t => {
  const [secret, other] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)]
  const keys = [
    ...groupKeys(secret, [1, 2]),
    ...groupKeys(other, [1]),
    deriveBundleKey(secret, 'a'),
    deriveBundleKey(secret, 'b'),
  ].map(key => Buffer.from(key).toString('hex'))
  t.is(new Set(keys).size, 5)
  t.true(keys.every(key => key.length === 64))
  t.deepEqual(groupKeys(secret, [2, 1]), groupKeys(secret, [1, 2]).toReversed())
})
