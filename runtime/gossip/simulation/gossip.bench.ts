import { DETECTION_GOALS, type DetectionRow, measureDetection, ours, PEER } from './detection-table.ts'
import { SPREAD_GOALS } from './detection-table.ts'
import { GRID, measureGrid, MODES } from './lifeguard-table.ts'

/** Seeds for each size: fewer where one run takes long, which makes its 99th percentile no more than its worst. */
const RUNS: readonly (readonly [members: number, runs: number])[] = [
  [10, 1_000],
  [100, 1_000],
  [1_000, 100],
  [10_000, 20],
]

export interface GossipBenchOptions {
  /** Largest cluster to simulate; 10,000 members take minutes. */
  readonly membersMax?: number
  /** Divides the number of seeds. */
  readonly thinning?: number
  readonly print: (line: string) => void
}

/** Prints what the simulation measures: detection, spread and load beside memberlist, and the Lifeguard grid. */
export function benchGossip({ membersMax = 10_000, thinning = 1, print }: GossipBenchOptions): void {
  print(
    '| N | protocol | suspect s | dead mean s | dead p99 s | all dead p99 s | spread med/p99 s | /s | B/s | ratio | goal |',
  )
  print('|---|---|---|---|---|---|---|---|---|---|---|')
  for (const [members, runs] of RUNS) {
    if (members > membersMax) continue
    const seeds = Math.max(1, Math.floor(runs / thinning))
    const peer = measureDetection(PEER, members, seeds)
    print(rowOf(peer, peer))
    for (const preset of ['lan', 'fast', 'safe'] as const)
      print(rowOf(measureDetection(ours(preset), members, seeds), peer))
  }
  print('')
  print(`Lifeguard's grid at N=${GRID.members}:`)
  print('| protocol | runs | false deaths | by healthy | first death median s | MB |')
  print('|---|---|---|---|---|---|')
  for (const mode of MODES) {
    const row = measureGrid(mode, { ...GRID, seeds: Math.max(1, Math.floor(GRID.seeds / thinning)) })
    const cells = [
      row.protocol,
      row.runs,
      row.falseDeaths,
      row.falseDeathsByHealthy,
      seconds(row.firstDeadMedianMs),
      row.megabytes.toFixed(0),
    ]
    print(`| ${cells.join(' | ')} |`)
  }
}

function rowOf(row: DetectionRow, peer: DetectionRow): string {
  const cells = [
    row.members,
    row.protocol,
    seconds(row.firstSuspectMeanMs),
    seconds(row.firstDeadMeanMs),
    seconds(row.firstDeadP99Ms),
    seconds(row.allDeadP99Ms),
    `${seconds(row.spreadMedianMs)} / ${seconds(row.spreadP99Ms)}`,
    row.datagramsPerSecond.toFixed(2),
    row.bytesPerSecond.toFixed(0),
    (row.firstDeadMeanMs / peer.firstDeadMeanMs).toFixed(2),
    goalOf(row),
  ]
  return `| ${cells.join(' | ')} |`
}

function goalOf(row: DetectionRow): string {
  const { members, protocol } = row
  if (protocol !== 'lan' && protocol !== 'fast') return ''
  const goal = DETECTION_GOALS[protocol][members]
  const spread = SPREAD_GOALS[members]
  if (goal === undefined || spread === undefined) return ''
  const missed = [
    row.firstDeadMeanMs > goal.deadMeanMs ? 'mean' : '',
    row.firstDeadP99Ms > goal.deadP99Ms ? 'p99' : '',
    row.spreadMedianMs > spread.medianMs ? 'spread' : '',
    row.spreadP99Ms > spread.p99Ms ? 'spread p99' : '',
  ].filter(name => name !== '')
  return missed.length === 0 ? 'met' : `missed: ${missed.join(', ')}`
}

function seconds(ms: number): string {
  return (ms / 1_000).toFixed(2)
}
