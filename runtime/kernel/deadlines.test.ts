import test from 'ava'
import type { Address } from '../../actors/vocabulary/address.ts'
import { spawn } from '../../actors/vocabulary/instruction.ts'
import { TestKernel } from './kernel.test.kit.ts'
import { encodeState } from './state-codec.ts'

const OVEN = 'oven/1' as Address
const MINUTE_MS = 60_000

function heated(minutes = 1): TestKernel {
  const kernel = new TestKernel()
  kernel.timeMs = 5_000
  kernel.do(spawn(OVEN, minutes))
  return kernel
}

function timerOf(kernel: TestKernel): string {
  const [timer] = Object.keys(kernel.record(OVEN).deadlines)
  if (timer === undefined) throw new Error('no deadline')
  return timer
}

test('an `after` becomes a deadline in the state', t => {
  const kernel = heated()
  t.deepEqual(Object.values(kernel.record(OVEN).deadlines), [
    { dueMs: 5_000 + MINUTE_MS, event: { type: timerOf(kernel) } },
  ])
})

test('it survives a checkpoint and fires once', t => {
  const before = heated()
  const kernel = new TestKernel(encodeState(before.kernel.state))
  const timer = timerOf(kernel)
  t.deepEqual(kernel.record(OVEN).deadlines, before.record(OVEN).deadlines)
  kernel.timeMs = 5_000 + MINUTE_MS
  kernel.fold('timer', { address: OVEN, timer })
  t.is(kernel.state(OVEN), 'ready')
  kernel.fold('timer', { address: OVEN, timer })
  t.like(kernel.record(OVEN).snapshot.context, { done: 1 })
  t.deepEqual(kernel.record(OVEN).deadlines, {})
})

test('it does not fire before its time', t => {
  const kernel = heated()
  kernel.timeMs = 5_000 + MINUTE_MS - 1
  kernel.fold('timer', { address: OVEN, timer: timerOf(kernel) })
  t.is(kernel.state(OVEN), 'baking')
})

test('leaving the state cancels it; an input for a cancelled deadline is ignored', t => {
  const kernel = heated()
  const timer = timerOf(kernel)
  kernel.send(OVEN, 'COOL')
  t.deepEqual(kernel.record(OVEN).deadlines, {})
  kernel.timeMs = 10 * MINUTE_MS
  const { reply, outputs } = kernel.fold('timer', { address: OVEN, timer })
  t.true(reply.ok)
  t.deepEqual(outputs, [])
  t.is(kernel.state(OVEN), 'cold')
})

test('entering again arms it anew, under the same id', t => {
  const kernel = heated()
  const timer = timerOf(kernel)
  kernel.timeMs = 30_000
  kernel.send(OVEN, 'RESTART')
  t.is(kernel.record(OVEN).deadlines[timer]?.dueMs, 30_000 + MINUTE_MS)
  kernel.timeMs = 5_000 + MINUTE_MS
  kernel.fold('timer', { address: OVEN, timer })
  t.is(kernel.state(OVEN), 'baking', 'the time of the first entry is over, that of the second is not')
})

test('what does not leave the state does not move it', t => {
  const kernel = heated()
  const before = kernel.record(OVEN).deadlines
  kernel.timeMs = 40_000
  kernel.send(OVEN, 'STIR')
  t.deepEqual(kernel.record(OVEN).deadlines, before)
})

test('a deadline whose guard does not hold is spent all the same', t => {
  const kernel = heated(100)
  kernel.timeMs = 200 * MINUTE_MS
  kernel.fold('timer', { address: OVEN, timer: timerOf(kernel) })
  t.is(kernel.state(OVEN), 'baking')
  t.deepEqual(kernel.record(OVEN).deadlines, {}, 'else every later change of the actor would fire it again')
})

test('the deadline of an actor that is gone is ignored', t => {
  const kernel = heated()
  const timer = timerOf(kernel)
  kernel.do({ do: 'stop', address: OVEN })
  kernel.timeMs = 10 * MINUTE_MS
  t.true(kernel.fold('timer', { address: OVEN, timer }).reply.ok)
})
