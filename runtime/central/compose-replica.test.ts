import test from 'ava'
import { isKonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import { pollUntil } from '../../simulations/kit/poll-until.ts'
import { LEASE_MS } from '../engine/silence.ts'
import { TestSharedLog } from '../engine/shared-log.test.kit.ts'
import { createMemoryTransport } from '../links/memory-link.ts'
import { createKeyPair } from '../links/secret-stream.ts'
import { noFaults } from '../ports/fault-points.ts'
import { silentLogger } from '../ports/logger.ts'
import { SeededRandom } from '../ports/seeded-random.ts'
import { VirtualClock } from '../ports/virtual-clock.ts'
import { composeReplica, type Replica } from './compose-replica.ts'

const ADMIN = { principal: 'key/admin', scopes: ['admin'] }
const KEYS = { keyPair: createKeyPair(new Uint8Array(32).fill(1)), tokenSecret: new Uint8Array(32).fill(2) }

/** Centrals on one log and one clock. */
class Centrals {
  readonly log = new TestSharedLog()
  readonly clock = new VirtualClock()
  readonly transport = createMemoryTransport()

  start(name: string) {
    const journal = this.log.open()
    const replica = composeReplica({
      journal,
      name,
      keys: KEYS,
      apiKey: 'konor_test',
      transport: this.transport,
      link: `${name}:7601`,
      version: 'test',
      clock: this.clock,
      random: new SeededRandom(name),
      logger: silentLogger,
      faults: noFaults,
    })
    return { journal, replica }
  }

  /** Lets leases pass until it is so. */
  until(what: string, isSo: () => boolean): Promise<boolean> {
    return pollUntil(what, () => {
      if (isSo()) return true
      this.clock.advanceBy(LEASE_MS / 4)
      return false
    })
  }
}

function leads({ role }: Replica): boolean {
  return role === 'leads'
}

test('one of two leads; the other reads what it writes, and sends writers to it by name', async t => {
  const centrals = new Centrals()
  const one = centrals.start('central-1').replica
  await centrals.until('the first leads', () => leads(one))
  const two = centrals.start('central-2').replica
  await centrals.until('the second follows', () => two.role === 'follows')
  await one.control?.changeEntries({ path: '/a', set: { key: 'value' }, remove: [] }, ADMIN)
  await centrals.until('it is folded', () => two.control?.index() === one.control?.index())
  t.is((await two.control?.key('/a', 'key'))?.value, 'value')
  t.true(two.control?.health().ready)
  const refusal = await t.throwsAsync(async () => two.control?.freeze(ADMIN))
  t.true(isKonorError(refusal, 'KONOR_ENGINE_NO_LEADER'))
  await centrals.until('leases pass', () => centrals.clock.monotonicMs() > 60_000)
  t.deepEqual([one.role, two.role], ['leads', 'follows'], 'a leader that lives stays')
  await one.close()
  await two.close()
  t.is(centrals.clock.pending, 0)
})

test('a leader that is cut off from the log is followed by another, and follows that one when it is back', async t => {
  const centrals = new Centrals()
  const first = centrals.start('central-1')
  const one = first.replica
  await centrals.until('the first leads', () => leads(one))
  const two = centrals.start('central-2').replica
  await centrals.until('the second follows', () => two.role === 'follows')
  first.journal.isCutOff = true
  await centrals.until('the second leads', () => leads(two))
  t.is(two.composed?.leader.position.epoch, 2)
  await centrals.until('the first follows', () => one.role === 'follows')
  first.journal.isCutOff = false
  centrals.log.tell()
  await two.control?.freeze(ADMIN)
  await centrals.until('it is folded', () => one.control?.index() === two.control?.index())
  t.true(one.control?.frozen())
  const refusal = await t.throwsAsync(async () => one.control?.thaw(ADMIN))
  t.regex(refusal?.message ?? '', /the leader is central-2/)
  await one.close()
  await two.close()
})
