import test from 'ava'
import { shrink } from './shrink.ts'
import { simulate, type SimulationResult } from './simulate.ts'
import { optionsOfSeed } from './simulation-options.ts'

test('shrinking finds the few things that break a promise together, and runs within its bound', async t => {
  const whole = await simulate(optionsOfSeed(11, { deedCount: 30, faultCount: 20 }))
  const [first, , third] = whole.faults
  const last = whole.deeds.at(-1)
  const guilty = [first?.id, third?.id, last?.id]
  // A defect that needs three things at once.
  const run = async (options: typeof whole.options): Promise<SimulationResult> => {
    const isIn = ({ id }: { readonly id: string }): boolean => options.only?.includes(id) !== false
    const faults = whole.faults.filter(isIn)
    const deeds = whole.deeds.filter(isIn)
    const ids = [...faults, ...deeds].map(({ id }) => id)
    const breaks = guilty.every(id => id !== undefined && ids.includes(id))
    return {
      ...whole,
      options,
      faults,
      deeds,
      violations: breaks ? [{ promise: 4, what: 'as planted' }] : [],
    }
  }
  const { result, runs } = await shrink(await run(whole.options), { run })
  t.deepEqual(result.options.only, [first?.id, third?.id, last?.id])
  t.true(runs < 150)
})
