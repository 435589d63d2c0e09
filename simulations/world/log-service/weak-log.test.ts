import test from 'ava'
import fc from 'fast-check'
import type { LogConditions } from './log-conditions.ts'
import { type ContestResult, LogContest } from './log-contest.test.kit.ts'

const RUNS = process.env['KONOR_TEST'] === 'full' ? 300 : 25

const share = fc.oneof(fc.constant(0), fc.double({ min: 0, max: 0.3, noNaN: true }))
const conditions: fc.Arbitrary<Partial<LogConditions>> = fc.record({
  slowMs: fc.constantFrom(0, 20, 200),
  lagMs: fc.constantFrom(0, 10, 2_000),
  requestsLost: share,
  requestsLate: share,
  answersLost: share,
  inFlight: share,
  doubled: share,
  skipped: share,
  stalls: share,
  wordsLost: share,
  dedupeMs: fc.constantFrom(0, 1_000, 120_000),
})

test('whatever the log service does, what writers are told holds, and followers see the chain', async t => {
  let appended = 0
  const fates = { stored: 0, refused: 0, unknown: 0 }
  await fc.assert(
    fc.asyncProperty(fc.integer(), conditions, fc.constantFrom(1, 50, 500), async (seed, drawn, appendMs) => {
      const result = await new LogContest(`contest ${seed}`).run(drawn, appendMs)
      appended += result.records.length
      for (const { fate } of result.told) fates[typeof fate === 'number' ? 'stored' : fate]++
      for (const problem of problemsOf(result)) throw new Error(problem)
    }),
    { numRuns: RUNS, includeErrorInReport: true },
  )
  t.log(fates)
  t.true(fates.refused > RUNS, 'nobody was refused: nothing was shown')
  t.true(appended > RUNS * 10, `only ${appended} records: nothing was shown`)
})

function problemsOf({ records, told, heard, failures }: ContestResult): string[] {
  const problems = failures.map(failure => `a writer gave up: ${String(failure)}`)
  const seqById = new Map<string, number>()
  for (const { id, seq } of records) {
    if (seqById.has(id)) problems.push(`${id} is in the journal twice`)
    seqById.set(id, seq)
  }
  for (const { id, fate } of told) {
    const seq = seqById.get(id)
    if (typeof fate === 'number' && seq !== fate) problems.push(`${id} was told at ${fate} and is at ${seq}`)
    if (fate === 'refused' && seq !== undefined) problems.push(`${id} was refused and is at ${seq}`)
  }
  for (const { fromSeq, records: seen, broken, isThere } of heard) {
    const missing = records.length - fromSeq + 1 - seen.length
    if (isThere && missing > 0) problems.push(`a follower from ${fromSeq} never heard the last ${missing}`)
    if (broken !== undefined) problems.push(`a follower broke: ${String(broken)}`)
    for (const [index, { seq, hash }] of seen.entries()) {
      if (seq !== fromSeq + index || hash !== records[seq - 1]?.hash)
        problems.push(`a follower from ${fromSeq} heard ${seq} as its ${index + 1}th`)
    }
  }
  return problems
}
