import test from 'ava'
import { DETECTION_GOALS, measureDetection, ours, PEER, SPREAD_GOALS } from './detection-table.ts'
import { peerSuspicionMs } from './memberlist/memberlist-config.ts'
import { MEMBERLIST_LAN } from './memberlist/memberlist-config.ts'

/** All of this is virtual time and fixed seeds: it comes out the same on every machine. */
const full = process.env.KONOR_TEST === 'full'
const P99_RUNS_MIN = 300
const SIZES: readonly (readonly [members: number, runs: number])[] = full
  ? [
      [10, 1_000],
      [100, 300],
      [1_000, 100],
    ]
  : [
      [10, 400],
      [100, 60],
    ]

for (const [members, runs] of SIZES) {
  test(`${members} members: the model of memberlist behaves as its formulas say`, t => {
    t.timeout(3_600_000)
    const row = measureDetection(PEER, members, runs)
    const expectedMs = 2_000 + peerSuspicionMs(MEMBERLIST_LAN, members)
    t.true(Math.abs(row.firstDeadMeanMs / expectedMs - 1) < 0.06, `${row.firstDeadMeanMs} ≈ ${expectedMs}`)
    t.true(Math.abs(row.datagramsPerSecond - 2) < 0.1)
    t.is(row.falseDeaths, 0)
  })

  test(`${members} members: lan and fast detect within their goals, sooner than the peer`, t => {
    t.timeout(3_600_000)
    const peer = measureDetection(PEER, members, runs)
    for (const preset of ['lan', 'fast'] as const) {
      const row = measureDetection(ours(preset), members, runs)
      const goal = DETECTION_GOALS[preset][members]
      const spread = SPREAD_GOALS[members]
      t.true(row.firstDeadMeanMs <= (goal?.deadMeanMs ?? 0), `${preset} mean ${row.firstDeadMeanMs}`)
      // With fewer runs the 99th percentile is one unlucky run.
      if (runs >= P99_RUNS_MIN)
        t.true(row.firstDeadP99Ms <= (goal?.deadP99Ms ?? 0), `${preset} p99 ${row.firstDeadP99Ms}`)
      t.true(row.spreadMedianMs <= (spread?.medianMs ?? 0), `${preset} spread ${row.spreadMedianMs}`)
      t.true(row.spreadP99Ms <= (spread?.p99Ms ?? 0), `${preset} spread p99 ${row.spreadP99Ms}`)
      t.true(row.firstDeadMeanMs < 0.85 * peer.firstDeadMeanMs)
      t.true(row.spreadMedianMs < 0.5 * peer.spreadMedianMs)
      t.is(row.falseDeaths, 0)
    }
  })

  test(`${members} members: lan costs hardly more datagrams than the peer`, t => {
    t.timeout(3_600_000)
    const row = measureDetection(ours('lan'), members, runs / 4)
    t.true(row.datagramsPerSecond <= 2.1, `${row.datagramsPerSecond} datagrams`)
    t.true(row.bytesPerSecond <= 600, `${row.bytesPerSecond} bytes`)
    t.true(row.copiesPerUpdate <= 4 * Math.ceil(Math.log10(members + 1)) * 1.05)
  })
}
