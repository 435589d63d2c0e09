import test from 'ava'
import { PINNED_PROCESSES_MAX } from '../store/group-record.ts'
import { APPLY_TIMEOUT_MS, GroupDriver, candidate, generation, process } from './testing/group-driver.ts'

const [one, two, three] = [generation(1), generation(2), generation(3)]
const [billing, again] = [process('billing', '1'), process('billing', '2')]

/** Revision 2 was activated while `billing` was there; then the agent was started again, and told of it anew. */
function restarted(wanted = two, pinned = [billing]): GroupDriver {
  const driver = new GroupDriver()
  driver.desire({ committed: one })
  driver.register(...pinned)
  driver.desire({ committed: one, candidate: candidate(two, true) })
  driver.crash()
  driver.send({ type: 'LINK_UP' })
  driver.desire({ committed: one, candidate: candidate(wanted, true) })
  return driver
}

test('what was pinned before a restart is owed after it: nothing is applied over the head of who is not back yet', t => {
  const driver = restarted()
  t.deepEqual(driver.report.progress, { revision: 2, phase: 'activated' })
  driver.register(again)
  t.is(driver.report.progress?.phase, 'activated')
  driver.acknowledge(again)
  t.deepEqual(driver.report.progress, { revision: 2, phase: 'applied' })
})

test('who does not come back after a restart is silent, and named', t => {
  const driver = restarted()
  driver.pass(APPLY_TIMEOUT_MS)
  const reason = 'billing went away and did not come back in time'
  t.deepEqual(driver.report.progress, { revision: 2, phase: 'rejected', reason })
})

test('a process that was back before the activation, and one that says bye, are waited for no longer', t => {
  const driver = new GroupDriver()
  driver.desire({ committed: one })
  driver.register(billing, process('web'))
  driver.desire({ committed: one, candidate: candidate(two, true) })
  driver.crash()
  driver.register(again, process('web'))
  driver.send({ type: 'BYE', registration: process('web') }, { type: 'LINK_UP' })
  driver.desire({ committed: one, candidate: candidate(two, true) })
  t.is(driver.report.progress?.phase, 'activated')
  driver.acknowledge(again)
  t.is(driver.report.progress?.phase, 'applied')
})

test('restart upon restart: the debt stays until it is decided, and is forgotten then', t => {
  const driver = restarted()
  driver.crash()
  driver.crash()
  driver.send({ type: 'LINK_UP' })
  driver.desire({ committed: one, candidate: candidate(two, true) })
  t.is(driver.report.progress?.phase, 'activated')
  driver.pass(APPLY_TIMEOUT_MS)
  t.is(driver.report.progress?.phase, 'rejected')
  t.is(driver.disk.pinned, null)
  driver.desire({ committed: one, candidate: candidate(two, true), retry: 1 })
  t.is(driver.report.progress?.phase, 'applied')
})

test('what was pinned for one revision is not owed for another', t => {
  t.deepEqual(restarted(three).report.progress, { revision: 3, phase: 'applied' })
})

test('a record holds the debts of so many processes and no more', t => {
  const many = Array.from({ length: PINNED_PROCESSES_MAX + 1 }, (_, index) => process(`p${index}`))
  const driver = restarted(two, many)
  t.is(driver.disk.pinned?.owed.length, PINNED_PROCESSES_MAX)
})
