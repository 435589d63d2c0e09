import test from 'ava'
import { BOOT_LOOP_WINDOW_MS } from './boot-loop-guard.ts'
import { wakeAtMs } from './group-core.ts'
import { OBTAIN_TRIES_MAX } from './obtain.ts'
import { digestOfActivation } from './served-state.ts'
import {
  APPLY_TIMEOUT_MS,
  GroupDriver,
  PREPARE_TIMEOUT_MS,
  candidate,
  generation,
  process,
} from './testing/group-driver.ts'

const [one, two, three] = [generation(1), generation(2), generation(3)]

/** A node that serves revision 1, applied. */
function steady(): GroupDriver {
  const driver = new GroupDriver()
  driver.desire({ committed: one })
  return driver
}

/** As `steady`, with revision 2 applied as well. */
function steadyOnTwo(): GroupDriver {
  const driver = steady()
  driver.desire({ committed: two })
  return driver
}

test('what is committed is fetched, activated and applied when there is no process', t => {
  const driver = steady()
  t.like(driver.served, { revision: 1, activation: 1, stale: false })
  t.deepEqual(driver.report.progress, { revision: 1, phase: 'applied' })
  t.true(driver.stored.has(one.digest))
  t.is(wakeAtMs(driver.state), undefined)
})

test('a staged candidate never activates by itself', t => {
  const driver = steady()
  driver.desire({ committed: one, candidate: candidate(two, false) })
  t.deepEqual(driver.report.progress, { revision: 2, phase: 'staged' })
  driver.pass(24 * 3_600_000)
  driver.register(process('billing'))
  t.like(driver.served, { revision: 1, activation: 1 })
})

test('preparing processes are asked, and staged means that each said ok', t => {
  const driver = steady()
  const [billing, web, plain] = [process('billing', '1', true), process('web', '1', true), process('plain')]
  driver.register(billing, web, plain)
  driver.desire({ committed: one, candidate: candidate(two, false) })
  t.deepEqual(driver.heardBy(billing), ['prepare 2'])
  t.deepEqual(driver.heardBy(plain), [])
  t.is(digestOfActivation(driver.state, 2), two.digest)
  driver.acknowledge(billing, { phase: 'prepare' })
  t.is(driver.report.progress?.phase, 'staging')
  driver.acknowledge(web, { phase: 'prepare' })
  t.is(driver.report.progress?.phase, 'staged')
  driver.desire({ committed: one, candidate: candidate(two, true) })
  t.like(driver.served, { revision: 2, activation: 2 })
  t.deepEqual(driver.heardBy(plain), ['change 2'])
})

test('a refused or silent preparation is a rejection, and nothing is activated', t => {
  for (const refuse of [true, false]) {
    const driver = steady()
    const billing = process('billing', '1', true)
    driver.register(billing)
    driver.desire({ committed: one, candidate: candidate(two, true) })
    if (refuse) driver.acknowledge(billing, { phase: 'prepare', outcome: 'rejected', reason: 'bad port' })
    else driver.pass(PREPARE_TIMEOUT_MS)
    const reason = refuse ? 'billing: bad port' : 'billing did not answer in time'
    t.deepEqual(driver.report.progress, { revision: 2, phase: 'rejected', reason })
    t.is(driver.served?.revision, 1)
  }
})

test('the number that processes prepare is never used for another generation', t => {
  const driver = steady()
  const billing = process('billing', '1', true)
  driver.register(billing)
  driver.desire({ committed: one, candidate: candidate(two, false) })
  t.deepEqual(driver.heardBy(billing), ['prepare 2'])
  driver.desire({ committed: three })
  t.like(driver.served, { revision: 3, activation: 3 })
})

test('applied is what every pinned process acknowledged', t => {
  const driver = steady()
  const [billing, web] = [process('billing'), process('web')]
  driver.register(billing, web)
  driver.desire({ committed: one, candidate: candidate(two, true) })
  t.is(driver.report.progress?.phase, 'activated')
  driver.acknowledge(billing)
  driver.acknowledge(billing)
  t.is(driver.report.progress?.phase, 'activated')
  driver.acknowledge(web)
  t.is(driver.report.progress?.phase, 'applied')
})

test('an acknowledgement of another activation counts for nothing', t => {
  const driver = steady()
  driver.register(process('billing'))
  driver.desire({ committed: one, candidate: candidate(two, true) })
  driver.acknowledge(process('billing'), { activation: 1 })
  driver.acknowledge(process('stranger'))
  t.is(driver.report.progress?.phase, 'activated')
})

test('a rejection and silence are reported, and the node waits for the word of central', t => {
  for (const silent of [true, false]) {
    const driver = steady()
    driver.register(process('billing'))
    driver.desire({ committed: one, candidate: candidate(two, true) })
    if (silent) driver.pass(APPLY_TIMEOUT_MS)
    else driver.acknowledge(process('billing'), { outcome: 'rejected', reason: 'no' })
    const reason = silent ? 'billing did not answer in time' : 'billing: no'
    t.deepEqual(driver.report.progress, { revision: 2, phase: 'rejected', reason })
    t.is(driver.served?.revision, 2)
    driver.desire({ committed: one, candidate: candidate(two, true) })
    t.is(driver.served?.activation, 2)
    // Central decides: a rollback is a newer revision.
    driver.desire({ committed: generation(3, 'contents of 1') })
    t.like(driver.served, { revision: 3, activation: 3, digest: generation(3, 'contents of 1').digest })
    t.is(driver.report.fallback, null)
  }
})

test('a candidate that is withdrawn while it runs is left, as a reported fallback', t => {
  const driver = steady()
  driver.register(process('billing'))
  driver.desire({ committed: one, candidate: candidate(two, true) })
  driver.desire({ committed: one })
  t.like(driver.served, { revision: 1, activation: 3 })
  t.deepEqual(driver.report.fallback, { from: 2, reason: 'candidate-withdrawn' })
})

test('a candidate that runs becomes the committed revision without another activation', t => {
  const driver = steady()
  driver.desire({ committed: one, candidate: candidate(two, true) })
  driver.desire({ committed: two })
  t.like(driver.served, { revision: 2, activation: 2, stale: false })
})

test('bye ends a debt; a broken connection does not, and its successor takes it over', t => {
  const driver = steady()
  driver.register(process('billing'), process('web'))
  driver.desire({ committed: one, candidate: candidate(two, true) })
  driver.send({ type: 'BYE', registration: process('web') })
  driver.send({ type: 'DISCONNECTED', registration: process('billing') })
  t.is(driver.report.progress?.phase, 'activated')
  driver.register(process('billing', '2'))
  t.is(driver.report.progress?.phase, 'activated')
  driver.acknowledge(process('billing', '2'))
  t.is(driver.report.progress?.phase, 'applied')
})

test('a process that dies on the candidate and stays away is no applied', t => {
  const driver = steady()
  driver.register(process('billing'))
  driver.desire({ committed: one, candidate: candidate(two, true) })
  driver.send({ type: 'DISCONNECTED', registration: process('billing') })
  driver.pass(APPLY_TIMEOUT_MS - 1)
  t.is(driver.report.progress?.phase, 'activated')
  driver.pass(1)
  t.deepEqual(driver.report.progress, {
    revision: 2,
    phase: 'rejected',
    reason: 'billing went away and did not come back in time',
  })
})

test('a process that first meets an unresolved candidate in hello owes an acknowledgement', t => {
  const driver = steady()
  driver.register(process('billing'))
  driver.desire({ committed: one, candidate: candidate(two, true) })
  driver.register(process('late'))
  driver.acknowledge(process('billing'))
  t.is(driver.report.progress?.phase, 'activated')
  driver.acknowledge(process('late'))
  t.is(driver.report.progress?.phase, 'applied')
})

test('an instance that comes back owes, unless it answered and still holds what it answered for', t => {
  for (const heldActivation of [undefined, 1, 2]) {
    const driver = steady()
    driver.register(process('billing'), process('web'))
    driver.desire({ committed: one, candidate: candidate(two, true) })
    driver.acknowledge(process('billing'))
    driver.send({ type: 'DISCONNECTED', registration: process('billing') })
    driver.send({ type: 'REGISTERED', registration: process('billing'), heldActivation })
    driver.acknowledge(process('web'))
    t.is(driver.report.progress?.phase, heldActivation === 2 ? 'applied' : 'activated')
  }
})

test('three deaths soon after an activation: back, quarantined, until a retry', t => {
  const driver = steady()
  driver.desire({ committed: one, candidate: candidate(two, true) })
  t.is(driver.report.progress?.phase, 'applied')
  for (const instance of ['1', '2', '3']) {
    t.is(driver.served?.revision, 2)
    driver.register(process('billing', instance))
    driver.send({ type: 'DISCONNECTED', registration: process('billing', instance) })
  }
  t.like(driver.served, { revision: 1, activation: 3, stale: false })
  t.deepEqual(driver.report.progress, { revision: 2, phase: 'rejected', reason: 'crash-loop' })
  t.deepEqual(driver.report.fallback, { from: 2, reason: 'crash-loop' })
  driver.desire({ committed: two })
  t.like(driver.served, { revision: 1, activation: 3, stale: true })
  driver.crash()
  driver.send({ type: 'LINK_UP' })
  driver.desire({ committed: two })
  t.like(driver.served, { revision: 1, activation: 3, stale: true })
  driver.desire({ committed: two, retry: 1 })
  t.like(driver.served, { revision: 2, activation: 4, stale: false })
  t.is(driver.report.fallback, null)
})

test('deaths that are late, of different processes, or of connections that came back, blame nobody', t => {
  const die = (driver: GroupDriver, name: string, instance: string): void => {
    driver.register(process(name, instance))
    driver.send({ type: 'DISCONNECTED', registration: process(name, instance) })
  }
  const late = steadyOnTwo()
  late.pass(BOOT_LOOP_WINDOW_MS + 1)
  for (const instance of ['1', '2', '3']) die(late, 'billing', instance)
  const different = steadyOnTwo()
  for (const name of ['a', 'b', 'c']) die(different, name, '1')
  const back = steadyOnTwo()
  for (let times = 0; times < 5; times++) die(back, 'billing', '1')
  for (const driver of [late, different, back]) t.is(driver.served?.revision, 2)
})

test('a crash-loop with nothing older keeps what runs, with the verdict', t => {
  const driver = steady()
  for (const instance of ['1', '2', '3']) {
    driver.register(process('billing', instance))
    driver.send({ type: 'DISCONNECTED', registration: process('billing', instance) })
  }
  t.like(driver.served, { revision: 1, activation: 1 })
  t.like(driver.report.progress, { phase: 'rejected', reason: 'crash-loop' })
})

test('a restart serves what was applied, stale until central speaks', t => {
  const driver = steadyOnTwo()
  driver.crash()
  t.like(driver.served, { revision: 2, activation: 2, stale: true })
  t.is(driver.report.fallback, null)
  driver.register(process('billing'))
  driver.send({ type: 'LINK_UP' })
  t.false(driver.served?.stale)
  driver.send({ type: 'LINK_DOWN' })
  t.deepEqual(driver.heardBy(process('billing')), ['fresh', 'stale'])
})

test('a restart before applied goes back, and the desire drives it forward again', t => {
  const driver = steady()
  driver.register(process('billing'))
  driver.desire({ committed: one, candidate: candidate(two, true) })
  driver.crash()
  t.like(driver.served, { revision: 1, activation: 3, stale: true })
  t.deepEqual(driver.report.fallback, { from: 2, reason: 'restart-before-applied' })
  driver.send({ type: 'LINK_UP' })
  driver.desire({ committed: one, candidate: candidate(two, true) })
  t.like(driver.served, { revision: 2, activation: 4 })
  t.is(driver.report.fallback, null)
})

test('a damaged generation is not served: the one before it is, and the damaged one is fetched again', t => {
  const driver = steadyOnTwo()
  driver.damaged.add(two.digest)
  driver.crash()
  t.like(driver.served, { revision: 1, activation: 3 })
  t.deepEqual(driver.report.fallback, { from: 2, reason: 'corrupt-generation' })
  driver.send({ type: 'LINK_UP' })
  driver.desire({ committed: two })
  t.like(driver.served, { revision: 2, activation: 4 })
})

test('with every stored generation damaged nothing is served until it is fetched', t => {
  const driver = steadyOnTwo()
  for (const { digest } of [one, two]) driver.damaged.add(digest)
  driver.crash()
  t.is(driver.served, undefined)
  t.deepEqual(driver.report.fallback, { from: 2, reason: 'corrupt-generation' })
  driver.send({ type: 'LINK_UP' })
  driver.desire({ committed: two })
  t.is(driver.served?.revision, 2)
})

test('a lost newest state is told and numbered anew', t => {
  const driver = steadyOnTwo()
  driver.crash(true)
  t.like(driver.served, { revision: 2, activation: 3 })
  t.deepEqual(driver.report.fallback, { from: 2, reason: 'corrupt-state' })
})

test('nobody hears of an activation before it is durable', t => {
  const driver = steady()
  driver.register(process('billing'))
  driver.holding = true
  driver.desire({ committed: two })
  driver.release()
  t.is(driver.held[0]?.do, 'persist')
  t.is(driver.served?.revision, 1)
  t.deepEqual(driver.heardBy(process('billing')), [])
  // Who comes meanwhile is told with the others, and owes as they do.
  driver.register(process('late'))
  driver.release()
  t.is(driver.served?.revision, 2)
  t.deepEqual(driver.heardBy(process('late')), ['change 2'])
  driver.holding = false
  driver.acknowledge(process('billing'))
  t.is(driver.report.progress?.phase, 'activated')
})

test('a revision with two contents is refused, but a restored timeline may use its number again', t => {
  const driver = steadyOnTwo()
  driver.desire({ committed: generation(2, 'else') })
  t.deepEqual(driver.warnings, ['KONOR_AGENT_REVISION_CONFLICT'])
  t.is(driver.served?.digest, two.digest)
  driver.desire({ timeline: 2, committed: generation(2, 'else') })
  t.is(driver.served?.digest, generation(2, 'else').digest)
  t.deepEqual(driver.report.fallback, { from: 2, reason: 'restored-timeline' })
})

test('a retry asks again about a revision that was rejected while it runs', t => {
  const driver = steady()
  driver.register(process('billing'))
  driver.desire({ committed: one, candidate: candidate(two, true) })
  driver.acknowledge(process('billing'), { outcome: 'rejected', reason: 'not yet' })
  driver.desire({ committed: one, candidate: candidate(two, true), retry: 1 })
  t.deepEqual(driver.heardBy(process('billing')), ['change 2', 'change 3'])
  driver.acknowledge(process('billing'))
  t.is(driver.report.progress?.phase, 'applied')
})

test('a fetch is tried again, a bounded number of times, then refused until a retry', t => {
  const driver = steady()
  driver.missing.add(two.digest)
  driver.desire({ committed: two })
  for (let tries = 1; tries < OBTAIN_TRIES_MAX; tries++) {
    const wakeAt = wakeAtMs(driver.state)
    if (wakeAt === undefined) return t.fail(`nothing to wait for after ${tries} tries`)
    driver.pass(wakeAt - driver.nowMs)
  }
  t.deepEqual(driver.report.progress, {
    revision: 2,
    phase: 'rejected',
    reason: 'cannot be fetched: no such blob',
  })
  t.is(wakeAtMs(driver.state), undefined)
  t.like(driver.served, { revision: 1, stale: true })
  driver.missing.clear()
  driver.desire({ committed: two, retry: 1 })
  t.like(driver.served, { revision: 2, stale: false })
})

test('what could not be fetched for one revision is tried again for another with the same content', t => {
  const driver = steady()
  driver.missing.add(two.digest)
  driver.desire({ committed: two })
  for (let tries = 1; tries < OBTAIN_TRIES_MAX; tries++) driver.pass(60_000)
  t.is(driver.report.progress?.phase, 'rejected')
  driver.desire({ committed: two })
  t.is(wakeAtMs(driver.state), undefined)
  driver.missing.clear()
  driver.desire({ committed: { ...two, revision: 3 } })
  t.is(driver.served?.revision, 3)
})

test('a fetch that a broken link ended goes on when central is back', t => {
  const driver = steady()
  driver.send({ type: 'LINK_DOWN' })
  driver.desire({ committed: two })
  t.is(driver.served?.revision, 1)
  driver.send({ type: 'LINK_UP' })
  t.is(driver.served?.revision, 2)
})

test('a removed node serves nothing, and its numbers rise on when it is back', t => {
  const driver = steadyOnTwo()
  driver.register(process('billing'))
  driver.send({ type: 'REMOVED' })
  t.is(driver.served, undefined)
  t.deepEqual(driver.heardBy(process('billing')), ['stale'])
  t.false(driver.disk.member)
  driver.desire({ committed: three })
  t.like(driver.served, { revision: 3, activation: 3 })
})

test('an empty desire deletes nothing', t => {
  const driver = steadyOnTwo()
  driver.desire({})
  t.is(driver.served?.revision, 2)
})
