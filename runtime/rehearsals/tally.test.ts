import test from 'ava'
import fc from 'fast-check'
import { REHEARSAL_ENDS, type RehearsalOutcome } from './rehearsal-outcome.ts'
import type { RehearsalIdentity } from './rehearsal-report.ts'
import { Tally } from './tally.ts'

const IDENTITY: RehearsalIdentity = {
  version: '0',
  seeds: [1, 2],
  nodes: 1,
  groups: 1,
  faults: 'none',
  rejectShare: 0,
  slowP99Ms: 500,
  digest: 'd',
}

function outcome(seed: number, given: Partial<RehearsalOutcome> = {}): RehearsalOutcome {
  const committed = { end: 'committed', reason: null, because: null, commitMs: seed, endMs: seed } as const
  return {
    seed,
    ...committed,
    blastRadius: 0,
    rejected: null,
    faults: 0,
    story: [`story of ${seed}`],
    ...given,
  }
}

function undone(seed: number, because: string, blastRadius = 0): RehearsalOutcome {
  return outcome(seed, { end: 'rolled-back', reason: 'stage-timeout', because, commitMs: null, blastRadius })
}

function tallyOf(outcomes: readonly RehearsalOutcome[]): Tally {
  const tally = new Tally()
  for (const one of outcomes) tally.add(one)
  return tally
}

const anyOutcome = fc.record({
  seed: fc.nat(1_000),
  end: fc.constantFrom(...REHEARSAL_ENDS),
  reason: fc.constantFrom('rejected', 'stage-timeout'),
  because: fc.constantFrom(null, 'n1 is offline', 'n2 is offline'),
  commitMs: fc.nat(1_000),
  endMs: fc.nat(1_000),
  blastRadius: fc.constantFrom(0, 0.25, 1),
  rejected: fc.option(fc.record({ group: fc.constant('web'), nodes: fc.nat(3), of: fc.constant(3) })),
  faults: fc.nat(3),
  story: fc.constant([]),
})

test('a report depends on the outcomes alone, not on the order in which threads come back', t => {
  const outcomes = fc.uniqueArray(anyOutcome, { selector: ({ seed }) => seed, minLength: 1 })
  const limits = { maxRollback: 0.1, maxTime: { quantile: 0.9, ms: 500 } }
  fc.assert(
    fc.property(outcomes, outcomes => {
      const report = tallyOf(outcomes).report(IDENTITY, limits)
      t.deepEqual(tallyOf(outcomes.toReversed()).report(IDENTITY, limits), report)
      t.is(
        REHEARSAL_ENDS.reduce((sum, end) => sum + report.ends[end], 0),
        outcomes.length,
      )
    }),
  )
})

test('reasons are counted with their commonest causes, and the worst run keeps its story', t => {
  const runs = [
    outcome(1),
    undone(2, 'n7 is offline'),
    undone(3, 'n7 is offline', 0.5),
    undone(4, 'n8 is offline'),
  ]
  const { reasons, worst, shares, blastRadius } = tallyOf(runs).report(IDENTITY, {})
  const because = [
    { what: 'n7 is offline', runs: 2 },
    { what: 'n8 is offline', runs: 1 },
  ]
  t.deepEqual(reasons, [{ end: 'rolled-back', reason: 'stage-timeout', runs: 3, because, seed: 2 }])
  t.like(worst, { seed: 3, story: ['story of 3'] })
  t.is(shares['rolled-back'], 0.75)
  t.deepEqual(blastRadius, { max: 0.5, mean: 0.125 })
})

test('a limit that is reached holds, and one that is passed is exceeded', t => {
  const runs = Array.from({ length: 20 }, (_, index) =>
    index === 0 ? undone(1, 'n7 is offline') : outcome(index + 1),
  )
  const reached = tallyOf(runs).report(IDENTITY, { maxRollback: 0.05, maxTime: { quantile: 0.95, ms: 20 } })
  t.false(reached.exceeded)
  t.is(reached.limits.length, 2)
  t.true(tallyOf(runs).report(IDENTITY, { maxRollback: 0.04 }).exceeded)
  t.true(tallyOf(runs).report(IDENTITY, { maxTime: { quantile: 0.95, ms: 19 } }).exceeded)
})

test('a run that does not commit took for ever', t => {
  const runs = [outcome(1), undone(2, 'n7 is offline')]
  const [check] = tallyOf(runs).report(IDENTITY, { maxTime: { quantile: 0.99, ms: 1e9 } }).limits
  t.deepEqual(check, { limit: 'max-time p99', allowed: 1e9, found: null, exceeded: true })
})

test('nodes that rejected are told of runs that committed too, and have a limit of their own', t => {
  const rejected = { group: 'web', nodes: 41, of: 100 }
  const runs = [outcome(1), outcome(2, { rejected }), undone(3, 'n7 is offline', 0.2), outcome(4)]
  const limits = { maxBlast: 0.25, maxRejected: 0.05 }
  const { blastRadius, rejected: told, worst, ...report } = tallyOf(runs).report(IDENTITY, limits)
  t.is(blastRadius.max, 0.2)
  const most = { ...rejected, seed: 2, end: 'committed' as const }
  t.deepEqual(told, { max: 0.41, mean: 0.1025, maxCommitted: 0.41, worst: most })
  t.is(worst?.seed, 2)
  t.deepEqual(report.limits, [
    { limit: 'max-blast', allowed: 0.25, found: 0.2, exceeded: false },
    { limit: 'max-rejected', allowed: 0.05, found: 0.41, exceeded: true },
  ])
  t.true(report.exceeded)
  t.is(tallyOf([outcome(1)]).report(IDENTITY, limits).rejected.worst, null)
})
