import test from 'ava'
import fc from 'fast-check'
import type { Digest } from '../../actors/vocabulary/canonical/digest.ts'
import { compareGenerations } from '../store/group-record.ts'
import { GroupDriver, candidate, generation, process, proofOf } from './testing/group-driver.ts'

const [one, two, three] = [generation(1), generation(2), generation(3)]

/** A node that serves revision 1, applied, whose link went down; peers have the other bundles. */
function alone(): GroupDriver {
  const driver = new GroupDriver()
  driver.desire({ committed: one })
  for (const { digest } of [two, three]) driver.withPeers.add(digest)
  driver.send({ type: 'LINK_DOWN' })
  return driver
}

const offer = (driver: GroupDriver, ...proofs: readonly ReturnType<typeof proofOf>[]): void => {
  for (const proof of proofs) driver.send({ type: 'PEER_COMMITTED', proof })
}

test('what a peer has central’s word for is activated, stale since the link was lost', t => {
  const driver = alone()
  const billing = process('billing')
  driver.register(billing)
  const staleSinceMs = driver.served?.stale === true ? driver.served.sinceMs : undefined
  t.not(staleSinceMs, undefined)
  driver.pass(20_000)
  offer(driver, proofOf(two))
  t.like(driver.served, { revision: 2, activation: 2, stale: true, sinceMs: staleSinceMs })
  t.deepEqual(driver.report.progress, { revision: 2, phase: 'activated' })
  driver.acknowledge(billing)
  t.deepEqual(driver.report.progress, { revision: 2, phase: 'applied' })
  t.deepEqual(driver.disk.proof, proofOf(two))
  // A restart serves it, and still has the word to pass on.
  driver.crash()
  t.like(driver.served, { revision: 2, activation: 2, stale: true })
  t.deepEqual(driver.state.proof, proofOf(two))
})

test('the same from central is nothing new, and something else of central’s wins', t => {
  const driver = alone()
  offer(driver, proofOf(two))
  driver.send({ type: 'LINK_UP' })
  driver.desire({ committed: two })
  t.like(driver.served, { revision: 2, activation: 2, stale: false })
  driver.desire({ committed: three })
  t.like(driver.served, { revision: 3, activation: 3, stale: false })
})

test('with a link, outside of the group, or below what was held, a proof changes nothing', t => {
  const linked = new GroupDriver()
  linked.desire({ committed: two })
  offer(linked, proofOf(three))
  t.like(linked.served, { revision: 2 })
  linked.send({ type: 'LINK_DOWN' })
  offer(linked, proofOf(one))
  t.like(linked.served, { revision: 2, activation: 1 })
  const removed = alone()
  removed.send({ type: 'LINK_UP' }, { type: 'REMOVED' }, { type: 'LINK_DOWN' })
  offer(removed, proofOf(two))
  t.is(removed.served, undefined)
  t.is(removed.disk.proof, null)
})

test('a candidate that was staged becomes what is committed once a peer has the word for it', t => {
  const driver = new GroupDriver()
  driver.desire({ committed: one })
  driver.desire({ committed: one, candidate: candidate(two, false) })
  driver.send({ type: 'LINK_DOWN' })
  t.like(driver.served, { revision: 1 })
  offer(driver, proofOf(two, { digest: three.digest }))
  t.deepEqual(driver.warnings, ['KONOR_AGENT_REVISION_CONFLICT'])
  t.like(driver.served, { revision: 1 })
  offer(driver, proofOf(two))
  t.like(driver.served, { revision: 2 })
})

test('what was refused here stays refused, also if it comes from a peer again', t => {
  const driver = new GroupDriver()
  const billing = process('billing')
  driver.desire({ committed: one })
  driver.register(billing)
  driver.acknowledge(billing)
  driver.desire({ committed: one, candidate: candidate(two, true) })
  driver.acknowledge(billing, { outcome: 'rejected', reason: 'no' })
  driver.desire({ committed: one, retry: 0 })
  driver.send({ type: 'LINK_DOWN' })
  const { activation } = driver.report
  offer(driver, proofOf(two), proofOf(one))
  t.is(driver.report.activation, activation)
  t.is(driver.disk.refused.length, 1)
  driver.withPeers.add(three.digest)
  offer(driver, proofOf(three))
  t.like(driver.served, { revision: 3 })
})

test('a retry of a later timeline is honoured although a peer brought that timeline first', t => {
  const driver = new GroupDriver()
  driver.desire({ committed: one, retry: 5 })
  driver.desire({ committed: two, retry: 5 })
  driver.send({ type: 'LINK_DOWN' })
  driver.withPeers.add(three.digest)
  const billing = process('billing')
  driver.register(billing)
  offer(driver, proofOf(three, { timeline: 2, epoch: 9 }))
  driver.acknowledge(billing, { outcome: 'rejected', reason: 'no' })
  t.is(driver.disk.refused.length, 1)
  driver.send({ type: 'LINK_UP' })
  driver.desire({ committed: three, timeline: 2, epoch: 9, retry: 1 })
  t.is(driver.disk.refused.length, 0)
})

test('the newest word of central is kept, also when nothing else changes', t => {
  const driver = new GroupDriver()
  const said = (epoch: number): void =>
    driver.send({
      type: 'DESIRED',
      desire: { ...DESIRE, epoch, committed: one },
      proof: proofOf(one, { epoch }),
    })
  said(1)
  t.deepEqual(driver.disk.proof, proofOf(one))
  said(2)
  t.deepEqual(driver.disk.proof, proofOf(one, { epoch: 2 }))
  driver.desire({ committed: two })
  t.deepEqual(driver.disk.proof, proofOf(one, { epoch: 2 }), 'an older central signs nothing')
})

const DESIRE = {
  group: 'web',
  timeline: 1,
  epoch: 1,
  committed: null,
  candidate: null,
  retry: 0,
  removed: false,
}

const revision = fc.integer({ min: 1, max: 6 })
const timeline = fc.integer({ min: 1, max: 3 })
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('peer' as const), revision, timeline }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('commit' as const), revision }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('offer' as const), revision }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('ack' as const, 'reject' as const) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('release' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('up' as const, 'down' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('crash' as const, 'break' as const) }) },
)
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

/** Contents differ by timeline: a number alone names nothing across a restore. */
const of = (at: number, time: number) => generation(at, `contents of ${at} in ${time}`)

/** Runs a story; answers how often a peer's word was followed, and throws where a law is broken. */
function run(steps: readonly Step[]): number {
  const driver = new GroupDriver()
  const billing = process('billing')
  const signed = new Set<Digest>()
  let [committed, taken] = [0, 0]
  for (let at = 1; at <= 6; at++) for (const time of [1, 2, 3]) driver.withPeers.add(of(at, time).digest)
  driver.send({ type: 'LINK_DOWN' })
  driver.holding = true
  for (const one of steps) {
    const before = driver.state
    take(one)
    const { active } = driver.state.record
    const was = before.record.active
    if (active !== null && !signed.has(active.digest)) throw new Error('active, and central never signed it')
    if (one.do !== 'peer') continue
    if (driver.state.desire !== before.desire) taken++
    const [now, then] = [driver.state.desire?.committed, before.desire?.committed]
    const order = (desire: typeof before.desire) => desire?.timeline ?? 0
    if (now && then && driver.state.desire !== before.desire)
      if (
        compareGenerations(
          { ...now, timeline: order(driver.state.desire) },
          { ...then, timeline: order(before.desire) },
        ) < 0
      )
        throw new Error('a peer made the node want less')
    if (was !== null && active !== null && compareGenerations(active, was) < 0)
      throw new Error('a peer took the node back')
    if (before.linked && driver.state.desire !== before.desire) throw new Error('a peer beside central')
  }
  return taken

  function take(one: Step): void {
    switch (one.do) {
      case 'peer': {
        signed.add(of(one.revision, one.timeline).digest)
        const proof = proofOf(of(one.revision, one.timeline), { timeline: one.timeline })
        return driver.send({ type: 'PEER_COMMITTED', proof })
      }
      case 'commit':
        if (!driver.state.linked) return
        committed = Math.max(committed, one.revision)
        signed.add(of(committed, 1).digest)
        return driver.desire({ committed: of(committed, 1) })
      case 'offer': {
        const wanted = of(committed + one.revision, 1)
        if (!driver.state.linked || committed === 0) return
        signed.add(wanted.digest)
        return driver.desire({ committed: of(committed, 1), candidate: candidate(wanted, true) })
      }
      case 'ack':
      case 'reject':
        driver.register(billing)
        return driver.acknowledge(billing, { outcome: one.do === 'ack' ? 'ok' : 'rejected' })
      case 'break':
        return driver.send({ type: 'DISCONNECTED', registration: billing })
      case 'release':
        return driver.release()
      case 'crash':
        return driver.crash()
      case 'up':
      case 'down':
        return driver.send({ type: one.do === 'up' ? 'LINK_UP' : 'LINK_DOWN' })
    }
  }
}

test('no sequence of peers takes a node back, nor makes it run what central never signed', t => {
  let taken = 0
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), steps => {
      taken += run(steps)
    }),
    { numRuns: 1_500 },
  )
  t.true(taken > 500, `the law was hardly tested: ${taken}`)
})
