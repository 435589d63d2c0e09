import test from 'ava'
import fc from 'fast-check'
import type { LivenessState } from '../../../actors/node/chart.ts'
import { type Evidence, type GossipEvidence, judgeLiveness, type LinkEvidence } from './judge-liveness.ts'

const OPTIONS = { offlineAfterMs: 10_000, answerMs: 1_000, silenceMs: 6_000 }
const NOW_MS = 100_000

const moment = fc.integer({ min: 0, max: NOW_MS })

const link: fc.Arbitrary<LinkEvidence> = fc.oneof(
  // Up, and heard lately or silent.
  fc.record({
    welcomedAtMs: moment,
    heardAtMs: fc.oneof(moment, fc.constant(Infinity)),
    missingSinceMs: fc.option(moment, { nil: undefined }),
    farewell: fc.constant(undefined),
  }),
  // None: lost, never there, or taken leave of.
  fc.record({
    welcomedAtMs: fc.constant(undefined),
    heardAtMs: fc.oneof(moment, fc.constant(-Infinity)),
    missingSinceMs: moment,
    farewell: fc.option(fc.record({ epoch: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }) }), {
      nil: undefined,
    }),
  }),
)

const gossip: fc.Arbitrary<GossipEvidence> = fc.record({
  status: fc.constantFrom('alive' as const, 'suspect', 'dead', 'left'),
  epoch: fc.integer({ min: 1, max: 3 }),
  doubtedAtMs: moment,
})

const evidence: fc.Arbitrary<Evidence> = fc.record({ link, gossip: fc.option(gossip, { nil: undefined }) })

const judge = (one: Evidence, nowMs = NOW_MS) => judgeLiveness(one, OPTIONS, nowMs)
const isSilent = ({ welcomedAtMs, missingSinceMs }: LinkEvidence) =>
  welcomedAtMs === undefined || missingSinceMs !== undefined

/** The table of docs/architecture.md, row by row and in other words than the judge's. */
function rowOf({ link, gossip }: Evidence): LivenessState {
  const { farewell } = link
  if (farewell !== undefined) {
    const isBack =
      gossip !== undefined && gossip.status !== 'left' && gossip.epoch > (farewell.epoch ?? -Infinity)
    if (!isBack) return 'left'
  }
  if (gossip === undefined) {
    if (link.missingSinceMs === undefined) return 'alive'
    return NOW_MS - link.missingSinceMs < OPTIONS.offlineAfterMs ? 'suspect' : 'offline'
  }
  if (gossip.status === 'alive') return 'alive'
  const objects = link.heardAtMs > gossip.doubtedAtMs || NOW_MS < gossip.doubtedAtMs + OPTIONS.answerMs
  if (!isSilent(link) && objects) return 'alive'
  if (gossip.status === 'suspect') return 'suspect'
  const isBriefly = link.welcomedAtMs === undefined && link.heardAtMs + OPTIONS.silenceMs > NOW_MS
  if (isBriefly && link.heardAtMs > gossip.doubtedAtMs) return 'suspect'
  return gossip.status === 'dead' ? 'offline' : 'left'
}

test('every combination of evidence has the verdict of the table', t => {
  fc.assert(
    fc.property(evidence, one => {
      t.is(judge(one).to, rowOf(one), JSON.stringify(one))
    }),
    { numRuns: 2_000 },
  )
})

test('a lost link alone accuses nobody whom gossip calls alive', t => {
  fc.assert(
    fc.property(link, gossip, (one, seen) => {
      const verdict = judge({ link: { ...one, farewell: undefined }, gossip: { ...seen, status: 'alive' } })
      t.deepEqual(verdict, { to: 'alive', isDisputed: false, isPending: false })
    }),
  )
})

test('only gossip or a long absence makes offline, and never while the link speaks', t => {
  fc.assert(
    fc.property(evidence, one => {
      if (judge(one).to !== 'offline') return
      t.true(isSilent(one.link) || one.link.heardAtMs <= (one.gossip?.doubtedAtMs ?? Infinity))
      t.true(one.gossip === undefined || one.gossip.status === 'dead')
    }),
    { numRuns: 1_000 },
  )
})

test('a verdict that is not pending stays as it is while nothing is heard', t => {
  fc.assert(
    fc.property(evidence, fc.integer({ min: 0, max: 1_000_000 }), (one, laterMs) => {
      const now = judge(one)
      if (!now.isPending) t.is(judge(one, NOW_MS + laterMs).to, now.to)
    }),
    { numRuns: 1_000 },
  )
})

test('a dispute is a dead member whose link speaks, and ends when that falls silent', t => {
  const dead: GossipEvidence = { status: 'dead', epoch: 1, doubtedAtMs: 90_000 }
  const speaks = {
    welcomedAtMs: 1_000,
    heardAtMs: 95_000,
    missingSinceMs: undefined,
    farewell: undefined,
  }
  t.like(judge({ link: speaks, gossip: dead }), { to: 'alive', isDisputed: true, isPending: true })
  t.like(judge({ link: { ...speaks, missingSinceMs: 99_000 }, gossip: dead }), {
    to: 'offline',
    isDisputed: false,
  })
  t.like(judge({ link: speaks, gossip: { ...dead, status: 'suspect' } }), { to: 'alive', isDisputed: false })
})

test('who said farewell stays away until a later life or a new link', t => {
  const gone = {
    welcomedAtMs: undefined,
    heardAtMs: -Infinity,
    missingSinceMs: 1_000,
    farewell: { epoch: 2 },
  }
  const seen = (status: GossipEvidence['status'], epoch: number) =>
    judge({ link: gone, gossip: { status, epoch, doubtedAtMs: 2_000 } }).to
  t.is(seen('alive', 2), 'left')
  t.is(seen('dead', 2), 'left')
  t.is(seen('alive', 3), 'alive')
  t.is(seen('dead', 3), 'offline')
  t.is(judge({ link: gone, gossip: undefined }).to, 'left')
})
