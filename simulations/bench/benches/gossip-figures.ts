import {
  DETECTION_GOALS,
  type DetectionRow,
  SPREAD_GOALS,
} from '../../../runtime/gossip/simulation/detection-table.ts'
import type { LifeguardRow } from '../../../runtime/gossip/simulation/lifeguard-table.ts'
import { serfSpreadMs } from '../../../runtime/gossip/simulation/serf-formula.ts'
import type { Beside, Figure, Goal } from '../figure.ts'

const PEER = 'memberlist, model'
/** What serf's page plots its curves to. */
const SERF_FRACTION = 0.9999

/** The rows of one size: ours beside the model of memberlist. */
export function detectionFigures(
  ours: Readonly<Record<'lan' | 'safe' | 'fast', DetectionRow>>,
  peer: DetectionRow,
): Figure[] {
  const { lan, safe, fast } = ours
  const { members } = peer
  const of = `N = ${members.toLocaleString('en')}:`
  const dead: Beside = { name: PEER, value: peer.firstDeadMeanMs, p99: peer.firstDeadP99Ms }
  const death = (row: DetectionRow, goals: readonly Goal[]): Figure => ({
    name: `${of} first death, ${row.protocol}`,
    unit: 'ms',
    ours: { value: row.firstDeadMeanMs, p99: row.firstDeadP99Ms },
    beside: dead,
    goals,
  })
  return [
    {
      name: `${of} first suspicion, lan`,
      unit: 'ms',
      ours: { value: lan.firstSuspectMeanMs },
      beside: { name: PEER, value: peer.firstSuspectMeanMs },
    },
    {
      ...death(lan, detectionGoals('lan', members)),
      note: `from the crash to the first who calls it dead: mean and p99 of ${lan.runs} seeds (safe: ${safe.runs})`,
    },
    death(safe, []),
    death(fast, detectionGoals('fast', members)),
    ...[lan, fast].map(row => spreadFigure(of, row, peer)),
    {
      name: `${of} all know, lan, by serf’s formula`,
      unit: 'ms',
      ours: { value: lan.spreadMedianMs },
      beside: { name: 'serf, 99.99 %', value: serfSpreadMs(members, SERF_FRACTION) },
    },
    {
      name: `${of} datagrams of each, lan`,
      unit: '/s',
      ours: { value: lan.datagramsPerSecond },
      beside: { name: PEER, value: peer.datagramsPerSecond },
      goals: [{ of: 'value', atMost: 2.1 }],
    },
    {
      name: `${of} bytes of each, lan`,
      unit: 'B/s',
      ours: { value: lan.bytesPerSecond },
      beside: { name: PEER, value: peer.bytesPerSecond },
      goals: [{ of: 'value', atMost: 600 }],
    },
    {
      name: `${of} false deaths, lan, safe and fast`,
      unit: 'deaths',
      ours: { value: lan.falseDeaths + safe.falseDeaths + fast.falseDeaths },
      goals: [{ of: 'value', atMost: 0 }],
    },
  ]
}

function spreadFigure(of: string, row: DetectionRow, peer: DetectionRow): Figure {
  const goal = SPREAD_GOALS[row.members]
  return {
    name: `${of} all know a change, ${row.protocol}`,
    unit: 'ms',
    ours: { value: row.spreadMedianMs, p99: row.spreadP99Ms },
    beside: { name: PEER, value: peer.spreadMedianMs, p99: peer.spreadP99Ms },
    goals:
      goal === undefined
        ? []
        : [
            { of: 'value', atMost: goal.medianMs },
            { of: 'p99', atMost: goal.p99Ms },
          ],
  }
}

function detectionGoals(preset: 'lan' | 'fast', members: number): Goal[] {
  const goal = DETECTION_GOALS[preset][members]
  if (goal === undefined) return []
  return [
    { of: 'value', atMost: goal.deadMeanMs },
    { of: 'p99', atMost: goal.deadP99Ms },
  ]
}

/** Members that stand still, by the paper's grid: no Lifeguard, Lifeguard, ours. */
export function gridFigures(swim: LifeguardRow, lifeguard: LifeguardRow, lan: LifeguardRow): Figure[] {
  const besideSwim: Beside = { name: 'SWIM, model', value: swim.falseDeaths }
  const besideLifeguard = (value: number, p99?: number): Beside => ({
    name: 'Lifeguard, model',
    value,
    ...(p99 === undefined ? {} : { p99 }),
  })
  return [
    {
      name: 'stalls: false deaths, Lifeguard, model',
      unit: 'deaths',
      ours: { value: lifeguard.falseDeaths },
      beside: besideSwim,
      goals: [{ of: 'ratio', atMost: 0.02 }],
      note: `deaths of members that never stood still, told by anyone; ${lan.runs} runs of each`,
    },
    {
      name: 'stalls: false deaths, lan',
      unit: 'deaths',
      ours: { value: lan.falseDeaths },
      beside: besideSwim,
      goals: [{ of: 'ratio', atMost: 0.01 }],
    },
    {
      name: 'stalls: of them told by healthy members, lan',
      unit: 'deaths',
      ours: { value: lan.falseDeathsByHealthy },
      beside: { name: 'SWIM, model', value: swim.falseDeathsByHealthy },
      goals: [{ of: 'value', atMost: 0 }],
    },
    {
      name: 'stalls: first death of one that stands still, lan',
      unit: 'ms',
      ours: { value: lan.firstDeadMedianMs, p99: lan.firstDeadP99Ms },
      beside: besideLifeguard(lifeguard.firstDeadMedianMs, lifeguard.firstDeadP99Ms),
      goals: [{ of: 'ratio', atMost: 1 }],
      note: `in ${lan.detected} runs; Lifeguard, which waits longer, in ${lifeguard.detected}`,
    },
    {
      name: 'stalls: sent by all, lan',
      unit: 'MB',
      ours: { value: lan.megabytes },
      beside: besideLifeguard(lifeguard.megabytes),
      note: 'ours are signed: 96 of the 119 bytes of each refutation are its proof',
    },
  ]
}
