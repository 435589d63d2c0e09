import type { Protocol } from './cluster.ts'
import { ours } from './detection-table.ts'
import { LIFEGUARD, PLAIN_SWIM } from './memberlist/memberlist-config.ts'
import { runStalls, type StallPoint, type StallRun } from './stall-run.ts'
import { quantile } from './distribution.ts'

/** The same cluster three times: without Lifeguard, with it, and ours. */
export const MODES: readonly Protocol[] = [
  { kind: 'memberlist', name: 'swim', config: PLAIN_SWIM },
  { kind: 'memberlist', name: 'lifeguard', config: LIFEGUARD },
  ours('lan'),
]

export interface LifeguardRow {
  readonly protocol: string
  readonly runs: number
  readonly falseDeaths: number
  readonly falseDeathsByHealthy: number
  /** Over the runs in which one that stood still was called dead. */
  readonly firstDeadMedianMs: number
  readonly firstDeadP99Ms: number
  /** Runs in which that happened. */
  readonly detected: number
  readonly megabytes: number
}

export interface GridOptions {
  readonly members: number
  readonly concurrent: readonly number[]
  readonly stallsMs: readonly number[]
  readonly intervalsMs: readonly number[]
  readonly forMs: number
  readonly seeds: number
}

/** The paper's grid, thinned: its corners and its middle. */
export const GRID: GridOptions = {
  members: 128,
  concurrent: [1, 4, 16, 32],
  stallsMs: [128, 2_048, 8_192, 32_768],
  intervalsMs: [1, 64, 1_024, 16_384],
  forMs: 120_000,
  seeds: 2,
}

/** Every point of the grid, once for each seed. */
export function gridPoints(grid: GridOptions): { readonly point: StallPoint; readonly seed: string }[] {
  const { concurrent, forMs, intervalsMs, members, seeds, stallsMs } = grid
  return concurrent.flatMap(together =>
    stallsMs.flatMap(stallMs =>
      intervalsMs.flatMap(intervalMs =>
        Array.from({ length: seeds }, (_, seed) => ({
          point: { members, concurrent: together, stallMs, intervalMs, forMs },
          seed: `${together}/${stallMs}/${intervalMs}/${seed}`,
        })),
      ),
    ),
  )
}

export function measureGrid(protocol: Protocol, grid: GridOptions): LifeguardRow {
  const runs = gridPoints(grid).map(({ point, seed }) => runStalls(protocol, point, seed))
  return summariseGrid(protocol.name, runs)
}

export function summariseGrid(protocol: string, runs: readonly StallRun[]): LifeguardRow {
  const firsts = runs.map(run => run.firstDeadMs).filter(firstMs => firstMs < Infinity)
  const sum = (of: (run: StallRun) => number) => runs.reduce((total, run) => total + of(run), 0)
  return {
    protocol,
    runs: runs.length,
    falseDeaths: sum(run => run.falseDeaths),
    falseDeathsByHealthy: sum(run => run.falseDeathsByHealthy),
    firstDeadMedianMs: firsts.length === 0 ? Infinity : quantile(firsts, 0.5),
    firstDeadP99Ms: firsts.length === 0 ? Infinity : quantile(firsts, 0.99),
    detected: firsts.length,
    megabytes: sum(run => run.bytes) / 1e6,
  }
}
