import test from 'ava'
import { Sweep } from '../../runtime/cli/simulate/sweep.ts'
import { summaryOf } from './run-summary.ts'
import { simulate } from './simulate.ts'
import { optionsOfSeed } from './simulation-options.ts'

/** Seeds of every run of the suite; those of found defects are pinned where the regression test is. */
const SEEDS = process.env['KONOR_TEST'] === 'full' ? 1_000 : 8
test('every promise is kept under faults, seed by seed', async t => {
  const broken: string[] = []
  const sweep = new Sweep()
  let commits = 0
  for (let seed = 1; seed <= SEEDS; seed++) {
    const result = await simulate(optionsOfSeed(seed))
    sweep.add(summaryOf(result))
    commits += result.commits
    for (const { promise, what } of result.violations)
      broken.push(`seed ${seed}: promise ${promise}: ${what}`)
    if (result.commits === 0) broken.push(`seed ${seed}: nothing was committed, so nothing was shown`)
  }
  t.deepEqual(broken, [])
  t.true(commits > SEEDS)
  // A few seeds cannot show everything; a sweep must.
  t.deepEqual(sweep.holes(), [])
})

test('a run is the same each time, to the last event', async t => {
  const options = optionsOfSeed(5)
  const [one, again] = [await simulate(options), await simulate(options)]
  t.is(again.traceHash, one.traceHash)
  t.deepEqual(again.traceMarks, one.traceMarks)
  t.is(again.storyText, one.storyText)
})

test('leaving out one fault moves none of the others', async t => {
  const options = optionsOfSeed(7)
  const whole = await simulate(options)
  const [, ...others] = whole.faults
  const only = [...others, ...whole.deeds].map(({ id }) => id)
  const less = await simulate({ ...options, only })
  t.true(others.length > 0)
  t.deepEqual(less.faults, others)
  t.deepEqual(less.deeds, whole.deeds)
})
