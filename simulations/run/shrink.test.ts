import test from 'ava'
import { shrink, SHRINK_MS_MAX } from './shrink.ts'
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
  const phases = new Set<string>()
  const { result, runs, isCut, simpler } = await shrink(await run(whole.options), {
    run,
    onRun: phase => phases.add(phase),
  })
  t.deepEqual(result.options.only, [first?.id, third?.id, last?.id])
  t.true(runs < 150)
  t.false(isCut)
  // Nothing else matters to what was planted.
  t.like(simpler, { nodes: 1, groups: 1, processes: 0, paperRecords: 0 })
  t.deepEqual([...phases], ['nodes and options', 'kinds', 'the tail', 'faults', 'deeds'])
})

test('shrinking ends when its time is over, with the best so far', async t => {
  const whole = await simulate(optionsOfSeed(11, { deedCount: 6, faultCount: 6, gossipFaultCount: 0 }))
  const violations = [{ promise: 4, what: 'as planted' }]
  let nowMs = 0
  const { runs, isCut } = await shrink(
    { ...whole, violations },
    {
      nowMs: () => nowMs,
      run: async options => {
        nowMs += SHRINK_MS_MAX / 2 + 1
        return { ...whole, options, violations: [] }
      },
    },
  )
  t.is(runs, 2)
  t.true(isCut)
})
