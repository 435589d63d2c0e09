import test from 'ava'
import { isKonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import { chainRecords } from '../journal/record-hash.ts'
import { encodeState } from '../kernel/state-codec.ts'
import { silentLogger } from '../ports/logger.ts'
import { SeededRandom } from '../ports/seeded-random.ts'
import { VirtualClock } from '../ports/virtual-clock.ts'
import { declare, TestEngine } from './engine.test.kit.ts'
import { Follower } from './follower.ts'
import { openKernel } from './open-kernel.ts'
import { TestSharedLog } from './shared-log.test.kit.ts'
import { LEASE_MS, SILENT_LEASES } from './silence.ts'

async function follow(log: TestSharedLog) {
  const journal = log.open()
  const { kernel } = await openKernel(journal)
  const clock = new VirtualClock()
  const random = new SeededRandom('follower')
  const follower = new Follower({ kernel, journal, clock, random, logger: silentLogger, leaseMs: LEASE_MS })
  let outcome: unknown = 'follows'
  const silent = follower.untilSilent().then(
    () => (outcome = 'silent'),
    (error: unknown) => (outcome = error),
  )
  return { journal, kernel, clock, follower, silent, outcome: () => outcome }
}

test('a follower has, byte for byte, what the leader has, and tells listeners of each record once', async t => {
  const log = new TestSharedLog()
  const { kernel, follower } = await follow(log)
  const seqs: number[] = []
  follower.onFolded(({ seq }) => seqs.push(seq))
  const leader = await TestEngine.start(log.open())
  await leader.apply(declare('one'))
  await leader.quiet()
  t.deepEqual(encodeState(kernel.state), encodeState(leader.kernel.state))
  t.deepEqual(
    seqs,
    log.disk.records.map(({ seq }) => seq),
  )
  await leader.stop()
})

test('beats of the epoch that leads keep a follower from claiming; those of one that is over do not', async t => {
  const log = new TestSharedLog()
  const leader = await TestEngine.start(log.open())
  const { clock, outcome, silent } = await follow(log)
  for (let beat = 0; beat < 20; beat++) {
    clock.advanceBy(LEASE_MS)
    log.beat(1)
  }
  clock.jumpWallBy(3_600_000)
  clock.advanceBy(SILENT_LEASES * LEASE_MS - 1)
  await Promise.resolve()
  t.is(outcome(), 'follows', 'an hour on the wall is no silence')
  log.beat(0)
  clock.advanceBy(LEASE_MS + 1)
  await silent
  t.is(outcome(), 'silent')
  await leader.stop()
})

test('a follower that stood still counts none of that as silence', async t => {
  const { clock, outcome, silent } = await follow(new TestSharedLog())
  const now = clock.monotonicMs.bind(clock)
  clock.monotonicMs = () => now() + 30_000
  clock.advanceBy((SILENT_LEASES + 1) * LEASE_MS)
  await Promise.resolve()
  t.is(outcome(), 'follows', 'its timer was far too late')
  clock.advanceBy((SILENT_LEASES + 1) * LEASE_MS)
  await silent
  t.is(outcome(), 'silent')
})

test('a follower refuses writes, and names who leads', async t => {
  const log = new TestSharedLog()
  const { follower } = await follow(log)
  const error = await t.throwsAsync(follower.submit())
  t.true(isKonorError(error, 'KONOR_ENGINE_NO_LEADER'))
  t.regex(error?.message ?? '', /not known/)
  const leader = await TestEngine.start(log.open())
  await leader.submit({ principal: 'system', scopes: ['system'] }, 'claim', { central: 'central-2' })
  t.is(follower.leader, undefined, 'only a claim of a later epoch says who leads')
  await leader.stop()
})

test('a record whose outputs are not what it folds to ends the follower, and moves nothing', async t => {
  const log = new TestSharedLog()
  const leader = await TestEngine.start(log.open())
  await leader.apply(declare('one'))
  await leader.stop()
  const [last] = log.disk.records.splice(-1)
  if (last === undefined) return t.fail()
  const { journal, kernel, silent, outcome } = await follow(log)
  const before = encodeState(kernel.state)
  const { seq: _, prevHash: __, hash: ___, ...draft } = last
  const forged = { ...draft, outputs: new Uint8Array([0x80]) }
  log.disk.records.push(...chainRecords(await journal.head(), [forged]))
  log.tell()
  await silent
  t.true(isKonorError(outcome(), 'KONOR_KERNEL_DIVERGED'))
  t.deepEqual(encodeState(kernel.state), before)
})
