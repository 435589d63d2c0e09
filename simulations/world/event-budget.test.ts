import test from 'ava'
import { EventBudget, NeverRests } from './event-budget.ts'
import { World } from './world.ts'

const PER_SECOND = 1_000

test('a program that wakes itself at once, or every moment, ends the run by name', async t => {
  for (const everyMs of [0, 0.05]) {
    const world = new World('restless', { eventsPerSecondMax: PER_SECOND })
    const again = (): void => void world.after(everyMs, again)
    again()
    const thrown = await t.throwsAsync(world.run(60_000), { instanceOf: NeverRests })
    t.regex(thrown.message, /never rests/)
    t.true(world.nowMs < 1_000)
  }
})

test('as many events as a second may have are no endless work, however long they go on', t => {
  const budget = new EventBudget(PER_SECOND)
  t.notThrows(() => {
    for (let event = 0; event < 20 * PER_SECOND; event++) budget.take((event * 1_000) / PER_SECOND)
  })
})
