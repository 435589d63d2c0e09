import test from 'ava'
import { allMutations } from './all-mutations.ts'
import { caughtShare, renderVerdicts } from './render-verdicts.ts'
import { evidenceIn, verdictOf } from './verdict.ts'

const [first, second] = allMutations
if (first === undefined || second === undefined) throw new Error('there are no mutations')

test('a command that passes lets a mutation survive; one that fails or hangs has noticed it', t => {
  const run = (code: number | null) => verdictOf(first, { code, output: '', durationMs: 1_234 })
  t.deepEqual(
    [0, 1, null].map(code => run(code).outcome),
    ['survived', 'caught', 'hung'],
  )
  t.is(run(0).seconds, 1.2)
  t.is(caughtShare([run(0), run(1), run(null)]), 2 / 3)
})

test('seed, promise and the first complaint are found in what a simulation says', t => {
  t.deepEqual(evidenceIn('konor simulate\nseed 42 at abc: promise 3 is broken: n1 counted twice\n'), {
    seed: '42',
    promise: 3,
    evidence: 'seed 42 at abc: promise 3 is broken: n1 counted twice',
  })
  t.deepEqual(evidenceIn('  ✔ is no error\n  ✘ [fail]: replay equals the live state\n'), {
    evidence: '✘ [fail]: replay equals the live state',
  })
  t.deepEqual(evidenceIn('all is well'), {})
})

test('survivors are named with the promise they would break', t => {
  const text = renderVerdicts([
    verdictOf(first, { code: 0, output: '', durationMs: 0 }),
    verdictOf(second, { code: 1, output: '', durationMs: 0 }),
  ])
  t.true(text.includes('50.0 % of 2 caught'))
  t.true(text.includes(`  ${first.id} (promise ${first.breaks.join(', ')}): ${first.models}`))
  t.false(text.includes(`  ${second.id} (`))
})
