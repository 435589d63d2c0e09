import test from 'ava'
import { ours } from './detection-table.ts'
import { quantile } from './distribution.ts'
import { runSpread } from './spread-run.ts'

const full = process.env.KONOR_TEST === 'full'
const LOSS = 0.25

/** Until half of the runs have told all, in ms; what gossip itself misses is repaired by comparing views. */
const GOALS: readonly (readonly [members: number, runs: number, medianMs: number])[] = full
  ? [
      [10, 1_000, 200],
      [100, 300, 450],
      [1_000, 30, 700],
    ]
  : [
      [10, 200, 200],
      [100, 30, 450],
    ]

for (const [members, runs, medianMs] of GOALS) {
  test(`${members} members: a change reaches all although a quarter of all datagrams is lost`, t => {
    t.timeout(600_000)
    const spreads = Array.from({ length: runs }, (_, run) =>
      runSpread(ours('lan'), members, `lossy ${members}/${run}`, { loss: LOSS }),
    )
    const times = spreads.map(({ allMs }) => allMs)
    t.true(quantile(times, 0.5) <= medianMs, `${quantile(times, 0.5)}`)
    // A run ends after a minute: whoever was missed learned of it before, by a digest.
    t.true(quantile(times, 1) < 30_000, `${quantile(times, 1)}`)
  })
}
