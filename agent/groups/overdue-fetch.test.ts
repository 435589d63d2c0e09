import test from 'ava'
import { wakeAtMs } from './group-core.ts'
import { GroupDriver, generation } from './testing/group-driver.ts'

const [one, two, three] = [generation(1), generation(2), generation(3)]

/** Found by `konor simulate --seed 18`: a disk that took no record, and a bundle that could not be fetched. */
test('a fetch that is due while a record cannot be written wakes nobody, and begins once it is written', t => {
  const driver = new GroupDriver()
  driver.desire({ committed: one })
  driver.missing.add(two.digest)
  driver.desire({ committed: two })
  t.not(wakeAtMs(driver.state), undefined)
  driver.holding = true
  // Leaving the group is a record of its own; the disk does not take it.
  driver.desire({ committed: two, removed: true })
  driver.pass(60_000)
  const wakeAt = wakeAtMs(driver.state)
  t.true(wakeAt === undefined || wakeAt > driver.nowMs)
  driver.holding = false
  driver.missing.clear()
  driver.release()
  driver.desire({ committed: two, removed: false })
  t.like(driver.served, { revision: 2, stale: false })
})

test('whatever waits, the time to wake lies ahead', t => {
  const driver = new GroupDriver()
  driver.desire({ committed: one })
  driver.missing.add(two.digest).add(three.digest)
  driver.desire({ committed: two })
  driver.holding = true
  for (const committed of [three, two, three]) {
    driver.desire({ committed })
    driver.pass(1_000)
    const wakeAt = wakeAtMs(driver.state)
    t.true(wakeAt === undefined || wakeAt > driver.nowMs)
    driver.release()
  }
})
