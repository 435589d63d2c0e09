import test from 'ava'
import * as fc from 'fast-check'
import { VirtualClock } from './virtual-clock.ts'

test('timers fire exactly at their time, in the order of deadline and insertion, except the cancelled', t => {
  const timer = fc.record({ delayMs: fc.nat(50), cancel: fc.boolean() })
  fc.assert(
    fc.property(fc.array(timer, { maxLength: 300 }), timers => {
      const clock = new VirtualClock()
      const fired: { index: number; atMs: number }[] = []
      const cancels = timers.map(({ delayMs }, index) =>
        clock.startTimer(delayMs, () => fired.push({ index, atMs: clock.monotonicMs() })),
      )
      timers.forEach(({ cancel }, index) => cancel && cancels[index]?.())
      const expected = timers
        .map(({ delayMs, cancel }, index) => ({ index, atMs: delayMs, cancel }))
        .filter(({ cancel }) => !cancel)
        .sort((a, b) => a.atMs - b.atMs || a.index - b.index)
        .map(({ index, atMs }) => ({ index, atMs }))
      t.is(clock.pending, expected.length)
      t.true(clock.runUntilIdle(1_000))
      t.deepEqual(fired, expected)
      t.is(clock.pending, 0)
    }),
  )
})

test('advancing fires what is started on the way and stands where it was told to', t => {
  const clock = new VirtualClock()
  const atMs: number[] = []
  const again = (): void => {
    atMs.push(clock.monotonicMs())
    clock.startTimer(10, again)
  }
  clock.startTimer(10, again)
  clock.advanceBy(35)
  t.deepEqual(atMs, [10, 20, 30])
  t.is(clock.monotonicMs(), 35)
  t.is(clock.nextDeadlineMs, 40)
  t.false(clock.runUntilIdle(100))
  t.is(clock.monotonicMs(), 135)
})

test('a timer may cancel another of the same instant, and itself without harm', t => {
  const clock = new VirtualClock()
  const fired: string[] = []
  const cancelFirst = clock.startTimer(5, () => {
    fired.push('first')
    cancelFirst()
    cancelSecond()
  })
  const cancelSecond = clock.startTimer(5, () => fired.push('second'))
  clock.advanceBy(5)
  t.deepEqual(fired, ['first'])
  t.is(clock.pending, 0)
})

test('the wall may jump and the monotonic clock does not notice', t => {
  const clock = new VirtualClock({ wallStartMs: 1_000 })
  clock.advanceBy(10)
  clock.jumpWallBy(-500)
  t.is(clock.wallMs(), 510)
  t.is(clock.monotonicMs(), 10)
})
