import test from 'ava'
import { VirtualClock } from '../../runtime/ports/virtual-clock.ts'
import { ClientCore, type Outcome } from './client-core.ts'
import type { Snapshot } from './snapshot.ts'

function snapshotOf(activation: number, timeout: number): Snapshot {
  const digest = String(timeout).padStart(64, '0') as Snapshot['digest']
  return { group: 'web', revision: activation, digest, activation, stale: false, values: { timeout } }
}

test('a change with a lower activation than the one that is held is turned down and not swapped in', async t => {
  const outcomes: Outcome[] = []
  const core = new ClientCore({
    group: 'web',
    clock: new VirtualClock(),
    settleMs: 1_000,
    acknowledge: outcome => outcomes.push(outcome),
    warn: () => undefined,
  })
  const told: number[] = []
  core.onChange(({ next }) => void told.push(next.activation))
  core.meet(snapshotOf(5, 50), false, true)
  core.change(snapshotOf(4, 40))
  core.change(snapshotOf(6, 60))
  await core.idle()
  t.like(outcomes[0], { activation: 4, phase: 'applied', outcome: 'rejected' })
  t.like(outcomes[1], { activation: 6, phase: 'applied', outcome: 'ok' })
  t.deepEqual(told, [6])
  t.is(core.snapshot.activation, 6)
  t.is(core.get('timeout', 0), 60)
})
