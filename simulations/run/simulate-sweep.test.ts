import test from 'ava'
import { Sweep } from '../../runtime/cli/simulate/sweep.ts'
import { summaryOf } from './run-summary.ts'
import { simulate } from './simulate.ts'
import { optionsOfSeed } from './simulation-options.ts'

/** So many that each kind of fault and of deed has its turn; those of found defects are pinned by regression tests. */
const SEEDS = process.env['KONOR_TEST'] === 'full' ? 1_000 : 200
/** A part of the sweep is one test: on a slow machine something is heard of it now and then. */
const SEEDS_EACH = 20

const sweep = new Sweep()

for (let first = 1; first <= SEEDS; first += SEEDS_EACH) {
  test.serial(`seeds from ${first}: every promise is kept under faults`, async t => {
    const broken: string[] = []
    for (let seed = first; seed < first + SEEDS_EACH; seed++) {
      const result = await simulate(optionsOfSeed(seed))
      sweep.add(summaryOf(result))
      for (const { promise, what } of result.violations)
        broken.push(`seed ${seed}: promise ${promise}: ${what}`)
      if (result.commits === 0) broken.push(`seed ${seed}: nothing was committed, so nothing was shown`)
    }
    t.deepEqual(broken, [])
  })
}

test.serial('a fault that never struck, or a deed that was refused each time, has shown nothing', t => {
  t.deepEqual(sweep.holes(), [])
})
