import test from 'ava'
import { Machine } from './machine.ts'
import { Program } from './program.ts'
import { World } from './world.ts'

test('a timer is never early by the clock of its machine, whatever that does on the way', async t => {
  const world = new World('drift')
  const program = new Program(new Machine(world, 'm'), 'm/p', 1)
  const { clock, machine } = program
  machine.drift(1.1)
  const lateMs: number[] = []
  let dueMs = 0
  const again = (): void => {
    lateMs.push(clock.monotonicMs() - dueMs)
    if (lateMs.length === 200) return
    dueMs = clock.monotonicMs() + 0.7
    clock.startTimer(0.7, again)
    // A slower clock needs longer than what was computed when the timer began.
    machine.drift(0.8 + (lateMs.length % 5) / 10)
  }
  again()
  await world.run(1_000)
  t.is(lateMs.length, 200)
  t.true(lateMs.every(late => late >= 0))
})
