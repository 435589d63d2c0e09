import test from 'ava'
import { isKonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import { noFaults } from '../ports/fault-points.ts'
import { silentLogger } from '../ports/logger.ts'
import { SeededRandom } from '../ports/seeded-random.ts'
import { VirtualClock } from '../ports/virtual-clock.ts'
import { createLeader } from './create-leader.ts'
import { holdLease } from './hold-lease.ts'
import type { RunningLeader } from './leader-options.ts'
import { openKernel } from './open-kernel.ts'
import { TestSharedLog } from './shared-log.test.kit.ts'
import { LEASE_MS, SILENT_LEASES } from './silence.ts'

const SYSTEM = { by: 'system', scopes: ['system'] }

/** A leader that has claimed the next epoch on the log and holds its lease. */
async function lead(log: TestSharedLog) {
  const journal = log.open()
  const { kernel } = await openKernel(journal)
  const [clock, random] = [new VirtualClock(), new SeededRandom(`lease ${kernel.position.seq}`)]
  const epoch = kernel.position.epoch + 1
  const parts = { journal, clock, random, logger: silentLogger }
  const causes: unknown[] = []
  const leader = createLeader({
    ...parts,
    kernel,
    faults: noFaults,
    timeline: 1,
    epoch,
    holdDeadlinesMs: 1_000,
    onDeposed: cause => causes.push(cause),
  })
  await claim(leader)
  const release = holdLease({ ...parts, leader, leaseMs: LEASE_MS })
  return { journal, clock, leader, release, causes }
}

function claim(leader: RunningLeader) {
  return leader.submit(() => ({ input: { route: 'claim', ...SYSTEM, body: {} } }))
}

test('a leader beats each lease, and its own words keep it', async t => {
  const log = new TestSharedLog()
  const { clock, causes, release } = await lead(log)
  clock.advanceBy(10 * LEASE_MS)
  t.is(log.beats.length, 11)
  t.deepEqual(causes, [])
  release()
  clock.advanceBy(10 * LEASE_MS)
  t.is(log.beats.length, 11)
  t.is(clock.pending, 0)
})

test('a leader that hears nothing of the log any more gives up before nobody serves its agents', async t => {
  const log = new TestSharedLog()
  const { clock, journal, leader, causes } = await lead(log)
  journal.isCutOff = true
  clock.advanceBy(SILENT_LEASES * LEASE_MS)
  t.deepEqual(causes, [])
  clock.advanceBy(LEASE_MS)
  t.is(causes.length, 1)
  t.true(isKonorError(await t.throwsAsync(claim(leader)), 'KONOR_ENGINE_NO_LEADER'))
})

test('a leader that sees a later claim is deposed at once, and says nothing of what it still had under way', async t => {
  const log = new TestSharedLog()
  const { journal, leader, causes } = await lead(log)
  let answer = (): void => {}
  journal.beforeAnswer = () => new Promise(resolve => (answer = resolve))
  const told: number[] = []
  leader.onFolded(({ seq }) => told.push(seq))
  const pending = claim(leader)
  while (log.disk.records.length < 2) await new Promise(resolve => setImmediate(resolve))
  const { release } = await lead(log)
  t.is(causes.length, 1)
  answer()
  t.true(isKonorError(await t.throwsAsync(pending), 'KONOR_ENGINE_NO_LEADER'))
  t.deepEqual(told, [])
  release()
})

test('raising its own epoch deposes no leader', async t => {
  const { leader, causes, release } = await lead(new TestSharedLog())
  await leader.fence({ timeline: 1, epoch: 7 })
  t.is(leader.position.epoch, 8)
  t.deepEqual(causes, [])
  release()
})
