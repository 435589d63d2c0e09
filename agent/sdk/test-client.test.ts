import test from 'ava'
import { createTestClient } from './test-client.ts'

test('a push swaps first, runs the listeners, and tells what they made of it', async t => {
  await using konor = createTestClient({ 'rate-limit': 100 })
  t.is(konor.get('rate-limit', 1), 100)
  konor.onChange(({ previous, next }) => {
    t.is(previous.values['rate-limit'], 100)
    t.is(next, konor.snapshot)
    if (konor.get('rate-limit', 1) < 0) throw new Error('negative')
  })
  t.deepEqual(await konor.push({ 'rate-limit': -1 }), { outcome: 'rejected', reason: 'negative' })
  t.is(konor.get('rate-limit', 1), -1)
})

test('a candidate is judged and not activated', async t => {
  const konor = createTestClient({ a: 1 })
  konor.onPrepare(({ changes }) => (changes.length > 1 ? { reject: 'too much at once' } : undefined))
  t.deepEqual(await konor.prepare({ a: 2 }), { outcome: 'ok' })
  t.deepEqual(await konor.prepare({ a: 2, b: 3 }), { outcome: 'rejected', reason: 'too much at once' })
  t.is(konor.get('a', 0), 1)
})

test('listeners run one change at a time, in order, and a get never waits for them', async t => {
  const konor = createTestClient({ n: 0 })
  const told: string[] = []
  konor.onChange(async ({ previous, next }) => {
    told.push(`begin ${previous.values['n']} to ${next.values['n']}`)
    await new Promise<void>(resolve => setImmediate(resolve))
    told.push(`end ${next.values['n']}`)
  })
  const pushes = [1, 2, 3].map(n => konor.push({ n }))
  t.is(konor.get('n', 0), 3)
  t.deepEqual(await Promise.all(pushes), [{ outcome: 'ok' }, { outcome: 'ok' }, { outcome: 'ok' }])
  t.deepEqual(told, ['begin 0 to 1', 'end 1', 'begin 1 to 2', 'end 2', 'begin 2 to 3', 'end 3'])
})

test('far behind, the listeners are told the way from what they knew to the newest', async t => {
  const konor = createTestClient({ n: 0 })
  const told: [unknown, unknown][] = []
  konor.onChange(async ({ previous, next }) => {
    await new Promise<void>(resolve => setImmediate(resolve))
    told.push([previous.values['n'], next.values['n']])
  })
  for (let n = 1; n < 100; n++) void konor.push({ n })
  await konor.push({ n: 100 })
  t.true(told.length < 20)
  for (const [index, [previous]] of told.entries()) t.is(previous, index === 0 ? 0 : told[index - 1]?.[1])
  t.is(told.at(-1)?.[1], 100)
})

test('every listener is told, the first objection counts, a removed one is not asked', async t => {
  const konor = createTestClient({})
  const told: string[] = []
  konor.onChange(() => {
    told.push('first')
    throw new Error('first')
  })
  konor.onChange(() => {
    told.push('second')
    throw new Error('second')
  })
  const off = konor.onChange(() => void told.push('third'))
  off()
  t.deepEqual(await konor.push({ a: 1 }), { outcome: 'rejected', reason: 'first' })
  t.deepEqual(told, ['first', 'second'])
})

test('values are those of the caller at the moment of the push', async t => {
  const values = { list: [1] }
  const konor = createTestClient(values)
  values.list.push(2)
  t.deepEqual(konor.get('list', [0]), [1])
  konor.setStale(true)
  t.true(konor.snapshot.stale)
  await konor.close()
  await t.throwsAsync(konor.push({}), { message: /closed/ })
})
