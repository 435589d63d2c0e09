import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import test from 'ava'
import { nodeClock } from '../../ports/node/node-clock.ts'
import { VirtualClock } from '../../ports/virtual-clock.ts'
import { deferred } from './deferred.test.kit.ts'
import { HonestDeadline } from './honest-deadline.ts'

const ROUNDS = 40
const PROBE_TIMEOUT_MS = 20
const BLOCK_MS = 60

function block(): void {
  const untilMs = performance.now() + BLOCK_MS
  while (performance.now() < untilMs);
}

/**
 * A ping whose answer is in our socket long before its deadline, while this process is stuck in a `setImmediate`
 * callback until long after it. Gives who called the peer silent: a plain timer, and an honest deadline.
 */
async function probeAcrossBlock(): Promise<{ readonly plain: boolean; readonly honest: boolean }> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1')
  await once(socket, 'listening')
  let answered = false
  const judge = deferred<boolean>()
  const deadline = new HonestDeadline({
    clock: nodeClock,
    onDue: () => judge.resolve(!answered),
    onSuspended: () => {},
  })
  socket.on('message', () => {
    answered = true
    deadline.noteRead()
  })
  const plain = new Promise<boolean>(resume => {
    setImmediate(() => {
      // Armed where actors arm theirs: in a callback that then goes on computing.
      setTimeout(() => resume(!answered), PROBE_TIMEOUT_MS)
      deadline.set(nodeClock.monotonicMs() + PROBE_TIMEOUT_MS)
      // The kernel has delivered over loopback when `send` returns: the answer is there before the block begins.
      socket.send('ack', socket.address().port, '127.0.0.1')
      block()
    })
  })
  const outcome = { plain: await plain, honest: await judge.promise }
  deadline.stop()
  socket.close()
  await once(socket, 'close')
  return outcome
}

test('a block in setImmediate makes a plain timer accuse, and never an honest deadline', async t => {
  const accused = { plain: 0, honest: 0 }
  for (let round = 0; round < ROUNDS; round++) {
    const outcome = await probeAcrossBlock()
    accused.plain += Number(outcome.plain)
    accused.honest += Number(outcome.honest)
  }
  t.log(`${ROUNDS} rounds, ${BLOCK_MS} ms block: plain ${accused.plain}, honest ${accused.honest}`)
  t.true(accused.plain > 0, 'the experiment shows the fault that it is about')
  t.is(accused.honest, 0)
})

test('it tells how late the process ran', async t => {
  const due = deferred<number>()
  const deadline = new HonestDeadline({ clock: nodeClock, onDue: due.resolve, onSuspended: () => {} })
  deadline.set(nodeClock.monotonicMs() + 1)
  block()
  const lagMs = await due.promise
  t.true(lagMs >= BLOCK_MS - 10)
  deadline.stop()
})

test('a deadline that what was read has moved decides nothing', async t => {
  const clock = new VirtualClock()
  let dues = 0
  const deadline = new HonestDeadline({ clock, onDue: () => dues++, onSuspended: () => {} })
  deadline.set(100)
  clock.advanceBy(100)
  // The answer is read in the turns after the timer, and moves the deadline.
  deadline.noteRead()
  deadline.set(500)
  for (let turn = 0; turn < 10; turn++) await new Promise(resume => setImmediate(resume))
  t.is(dues, 0)
  clock.advanceBy(400)
  for (let turn = 0; turn < 10; turn++) await new Promise(resume => setImmediate(resume))
  t.is(dues, 1)
  deadline.stop()
})

test('a flood of datagrams delays a decision and does not prevent it', async t => {
  const due = deferred<void>()
  const deadline = new HonestDeadline({
    clock: nodeClock,
    onDue: () => due.resolve(),
    onSuspended: () => {},
  })
  let flooding = true
  const flood = (): void => {
    deadline.noteRead()
    if (flooding) setImmediate(flood)
  }
  flood()
  deadline.set(nodeClock.monotonicMs())
  await due.promise
  flooding = false
  t.is(deadline.drainsCutShort, 1)
  deadline.stop()
})

test('a sleep of the machine is told, a clock set back or a little off is not', async t => {
  const clock = new VirtualClock()
  const drifts: number[] = []
  let due = deferred<number>()
  const deadline = new HonestDeadline({
    clock,
    onDue: lagMs => due.resolve(lagMs),
    onSuspended: driftMs => drifts.push(driftMs),
  })
  for (const jumpMs of [0, 900, -31_536_000_000, 30_000]) {
    due = deferred()
    deadline.set(clock.monotonicMs() + 100)
    clock.jumpWallBy(jumpMs)
    clock.advanceBy(100)
    await due.promise
  }
  t.deepEqual(drifts, [30_000])
  deadline.stop()
})
