import { PRESETS, type PresetName } from '../core/presets.ts'
import type { Protocol } from './cluster.ts'
import { type CrashRun, runCrash } from './crash-run.ts'
import { mean, quantile } from './distribution.ts'
import { MEMBERLIST_LAN } from './memberlist/memberlist-config.ts'
import { runSpread, type SpreadRun } from './spread-run.ts'

/** One protocol at one size, over many seeds. Times in ms. */
export interface DetectionRow {
  readonly protocol: string
  readonly members: number
  readonly runs: number
  readonly firstSuspectMeanMs: number
  readonly firstDeadMeanMs: number
  readonly firstDeadP99Ms: number
  readonly allDeadP99Ms: number
  readonly spreadMedianMs: number
  readonly spreadP99Ms: number
  readonly datagramsPerSecond: number
  readonly bytesPerSecond: number
  readonly copiesPerUpdate: number
  readonly falseDeaths: number
}

export const PEER: Protocol = { kind: 'memberlist', name: 'memberlist', config: MEMBERLIST_LAN }

export function ours(preset: PresetName): Protocol {
  return { kind: 'ours', name: preset, config: PRESETS[preset] }
}

/** What came of one seed. */
export interface DetectionRun {
  readonly crash: CrashRun
  readonly spread: SpreadRun
}

/** Crashes a member of one cluster, and spreads a change in another. */
export function detectOnce(protocol: Protocol, members: number, seed: string): DetectionRun {
  return { crash: runCrash(protocol, members, seed), spread: runSpread(protocol, members, seed) }
}

export function measureDetection(protocol: Protocol, members: number, runs: number): DetectionRow {
  const seeds = Array.from({ length: runs }, (_, run) => `${members}/${run}`)
  return summariseDetection(
    protocol.name,
    members,
    seeds.map(seed => detectOnce(protocol, members, seed)),
  )
}

export function summariseDetection(
  protocol: string,
  members: number,
  runs: readonly DetectionRun[],
): DetectionRow {
  const crashes = runs.map(({ crash }) => crash)
  const spreads = runs.map(({ spread }) => spread)
  const dead = crashes.map(run => run.firstDeadMs)
  const spread = spreads.map(run => run.allMs)
  return {
    protocol,
    members,
    runs: runs.length,
    firstSuspectMeanMs: mean(crashes.map(run => run.firstSuspectMs)),
    firstDeadMeanMs: mean(dead),
    firstDeadP99Ms: quantile(dead, 0.99),
    allDeadP99Ms: quantile(
      crashes.map(run => run.allDeadMs),
      0.99,
    ),
    spreadMedianMs: quantile(spread, 0.5),
    spreadP99Ms: quantile(spread, 0.99),
    datagramsPerSecond: mean(crashes.map(run => run.datagramsPerSecond)),
    bytesPerSecond: mean(crashes.map(run => run.bytesPerSecond)),
    copiesPerUpdate: mean(spreads.map(run => run.extraDatagrams)),
    falseDeaths: crashes.reduce((sum, run) => sum + run.falseDeaths, 0),
  }
}

interface Goal {
  readonly deadMeanMs: number
  readonly deadP99Ms: number
}

/** What each preset is held to, by members, in ms. */
export const DETECTION_GOALS: Readonly<Record<'lan' | 'fast', Readonly<Record<number, Goal>>>> = {
  lan: {
    10: { deadMeanMs: 4_900, deadP99Ms: 7_700 },
    100: { deadMeanMs: 7_900, deadP99Ms: 11_500 },
    1_000: { deadMeanMs: 10_900, deadP99Ms: 14_400 },
    10_000: { deadMeanMs: 13_900, deadP99Ms: 17_000 },
  },
  fast: {
    10: { deadMeanMs: 2_900, deadP99Ms: 4_200 },
    100: { deadMeanMs: 5_000, deadP99Ms: 6_800 },
    1_000: { deadMeanMs: 7_000, deadP99Ms: 8_700 },
    10_000: { deadMeanMs: 9_000, deadP99Ms: 10_900 },
  },
}

/** Until all members have heard of a change: median and 99th percentile, by members, in ms. */
export const SPREAD_GOALS: Readonly<Record<number, { readonly medianMs: number; readonly p99Ms: number }>> = {
  10: { medianMs: 100, p99Ms: 400 },
  100: { medianMs: 300, p99Ms: 650 },
  1_000: { medianMs: 500, p99Ms: 750 },
  10_000: { medianMs: 700, p99Ms: 900 },
}
