import test from 'ava'
import { nodeRandom } from './node-random.ts'

test('bytes have the size asked for and differ', t => {
  const first = nodeRandom.bytes(32)
  t.is(first.length, 32)
  t.notDeepEqual(first, nodeRandom.bytes(32))
  t.is(nodeRandom.bytes(0).length, 0)
})

test('fractions lie in [0, 1) and do not repeat', t => {
  const drawn = Array.from({ length: 1_000 }, () => nodeRandom.fraction())
  t.true(drawn.every(fraction => fraction >= 0 && fraction < 1))
  t.is(new Set(drawn).size, drawn.length)
})
