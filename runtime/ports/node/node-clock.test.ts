import test from 'ava'
import { nodeClock } from './node-clock.ts'

test('a timer never fires before its time', async t => {
  for (const delayMs of [0, 0.3, 1, 4.5]) {
    const startMs = nodeClock.monotonicMs()
    await new Promise<void>(resolve => nodeClock.startTimer(delayMs, resolve))
    t.true(nodeClock.monotonicMs() - startMs >= delayMs)
  }
})

test('a cancelled timer does not fire, and cancelling again does nothing', async t => {
  let fired = false
  const cancel = nodeClock.startTimer(1, () => (fired = true))
  cancel()
  cancel()
  await new Promise<void>(resolve => nodeClock.startTimer(5, resolve))
  t.false(fired)
})

test('a delay beyond what setTimeout can count does not fire at once', async t => {
  let fired = false
  const cancel = nodeClock.startTimer(2 ** 31 + 1_000, () => (fired = true))
  await new Promise<void>(resolve => nodeClock.startTimer(10, resolve))
  cancel()
  t.false(fired)
})
