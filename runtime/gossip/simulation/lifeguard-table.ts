import type { Protocol } from './cluster.ts'
import { ours } from './detection-table.ts'
import { LIFEGUARD, PLAIN_SWIM } from './memberlist/memberlist-config.ts'
import { runStalls } from './stall-run.ts'

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
  /** Median over the runs in which one that stood still was called dead. */
  readonly firstDeadMedianMs: number
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

export function measureGrid(protocol: Protocol, grid: GridOptions): LifeguardRow {
  const { concurrent, forMs, intervalsMs, members, seeds, stallsMs } = grid
  const firsts: number[] = []
  let runs = 0
  let falseDeaths = 0
  let falseDeathsByHealthy = 0
  let bytes = 0
  for (const together of concurrent)
    for (const stallMs of stallsMs)
      for (const intervalMs of intervalsMs)
        for (let seed = 0; seed < seeds; seed++) {
          const point = { members, concurrent: together, stallMs, intervalMs, forMs }
          const run = runStalls(protocol, point, `${together}/${stallMs}/${intervalMs}/${seed}`)
          runs++
          falseDeaths += run.falseDeaths
          falseDeathsByHealthy += run.falseDeathsByHealthy
          bytes += run.bytes
          if (run.firstDeadMs < Infinity) firsts.push(run.firstDeadMs)
        }
  firsts.sort((a, b) => a - b)
  return {
    protocol: protocol.name,
    runs,
    falseDeaths,
    falseDeathsByHealthy,
    firstDeadMedianMs: firsts[firsts.length >> 1] ?? Infinity,
    megabytes: bytes / 1e6,
  }
}
