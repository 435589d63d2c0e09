import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { playScenario, tellScenario } from './play-scenario.ts'
import { planOf } from './scenario.ts'
import { SCENARIOS } from './scenarios.ts'

/** Their stories. After a change of the product that is meant: `KONOR_ACCEPT=1`, and read the difference. */
const FOLDER = join('simulations', 'scenarios', 'golden')

for (const scenario of SCENARIOS) {
  test.serial(`${scenario.name}: ${scenario.shows}`, async t => {
    const result = await playScenario(scenario)
    const { faults } = planOf(scenario)
    t.deepEqual(result.violations, [])
    t.true(result.commits > 0)
    t.is(
      [...result.struck.values()].reduce((sum, times) => sum + times, 0),
      faults.length,
      'a fault never struck',
    )
    const told = tellScenario(scenario, result)
    const path = join(FOLDER, `${scenario.name}.txt`)
    if (process.env['KONOR_ACCEPT'] === '1') writeFileSync(path, told)
    t.true(existsSync(path), `${path} is missing`)
    t.is(told, readFileSync(path, 'utf8'))
  })
}

test.serial('every golden story belongs to a scenario, and every scenario has a name of its own', t => {
  const names = SCENARIOS.map(({ name }) => `${name}.txt`)
  t.deepEqual(readdirSync(FOLDER).toSorted(), names.toSorted())
})
