import test from 'ava'
import { runChaos } from './chaos-run.test.kit.ts'

const runs = process.env.KONOR_TEST === 'full' ? 600 : 40

for (const sealed of [true, false]) {
  test(`no story of faults breaks an invariant, and calm brings agreement (${sealed ? 'signed' : 'unsigned'})`, t => {
    t.timeout(3_600_000)
    for (let run = 0; run < runs; run++) {
      const seed = `chaos/${run}`
      try {
        const { disagreements, steps } = runChaos({ seed, sealed })
        t.deepEqual(disagreements, [], seed)
        t.true(steps > 1_000)
      } catch (cause) {
        throw new Error(`${seed}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
      }
    }
  })
}

test('the same seed tells the same story, event by event, and another seed another one', t => {
  const first = runChaos({ seed: 'again' })
  t.is(runChaos({ seed: 'again' }).eventHash, first.eventHash)
  t.not(runChaos({ seed: 'other' }).eventHash, first.eventHash)
})

test('where a machine’s clock stands changes nothing', t => {
  const hourMs = 2 ** 22
  t.is(
    runChaos({ seed: 'clock', originMs: hourMs }).eventHash,
    runChaos({ seed: 'clock', originMs: -hourMs }).eventHash,
  )
})
