import test from 'ava'
import { simulate } from './simulate.ts'
import { optionsOfSeed } from './simulation-options.ts'

test('a run is the same each time, to the last event', async t => {
  const options = optionsOfSeed(5)
  const [one, again] = [await simulate(options), await simulate(options)]
  t.is(again.traceHash, one.traceHash)
  t.deepEqual(again.traceMarks, one.traceMarks)
  t.deepEqual(again.story(), one.story())
})

test('a run is the same when a message of another process began it', async t => {
  const options = optionsOfSeed(8, { stormMs: 5_000 })
  const alone = await simulate(options)
  const asked = await new Promise<typeof alone>(resolve => process.nextTick(() => resolve(simulate(options))))
  t.is(asked.traceHash, alone.traceHash)
})

test('leaving out one fault moves none of the others', async t => {
  const options = optionsOfSeed(7)
  const whole = await simulate(options)
  const [, ...others] = whole.faults
  const only = [...others, ...whole.deeds].map(({ id }) => id)
  const less = await simulate({ ...options, only })
  t.true(others.length > 0)
  t.deepEqual(less.faults, others)
  t.deepEqual(less.deeds, whole.deeds)
})
