import test from 'ava'
import { BOOT_LOOP_DEATHS } from './boot-loop-guard.ts'
import { OBTAIN_TRIES_MAX } from './obtain.ts'
import { GroupDriver, generation, process } from './testing/group-driver.ts'

const [one, two] = [generation(1), generation(2)]
const billing = process('billing')

/** A node that serves revision 1, applied, with one process. */
function steady(): GroupDriver {
  const driver = new GroupDriver()
  driver.desire({ committed: one })
  driver.register(billing)
  return driver
}

test('what was rejected under a number is no verdict on what a restored timeline gives that number', t => {
  const driver = steady()
  driver.desire({ committed: two })
  driver.acknowledge(billing, { outcome: 'rejected', reason: 'no' })
  t.is(driver.report.progress?.phase, 'rejected')
  const other = generation(2, 'else')
  driver.desire({ timeline: 2, committed: other })
  t.is(driver.served?.digest, other.digest)
  driver.acknowledge(billing)
  t.is(driver.report.progress?.phase, 'applied')
})

test('when the last that owes an answer says goodbye, the rest have applied', t => {
  const driver = steady()
  driver.register(process('web'))
  driver.desire({ committed: two })
  driver.acknowledge(billing)
  t.is(driver.report.progress?.phase, 'activated')
  driver.send({ type: 'BYE', registration: process('web') })
  t.is(driver.report.progress?.phase, 'applied')
})

test('instances whose connections break have not died when they are back', t => {
  const driver = steady()
  const instances = Array.from({ length: BOOT_LOOP_DEATHS }, (_, at) => process('web', `${at}`))
  driver.register(...instances)
  driver.desire({ committed: two })
  for (const registration of instances) {
    driver.send({ type: 'DISCONNECTED', registration })
    driver.register(registration)
  }
  for (const registration of [billing, ...instances]) driver.acknowledge(registration)
  t.deepEqual(driver.report.progress, { revision: 2, phase: 'applied' })
})

test('a retry fetches again what could not be had', t => {
  const driver = steady()
  driver.missing.add(two.digest)
  driver.desire({ committed: two })
  for (let tries = 0; tries < OBTAIN_TRIES_MAX; tries++) driver.pass(60_000)
  t.is(driver.report.progress?.phase, 'rejected')
  driver.missing.clear()
  driver.desire({ committed: two, retry: 1 })
  driver.acknowledge(billing)
  t.deepEqual(driver.report.progress, { revision: 2, phase: 'applied' })
})
