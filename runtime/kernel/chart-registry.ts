import type { AnyChart } from '../../actors/vocabulary/chart.ts'
import { createMachineOf, type Machine } from './machine.ts'

/** Charts by name (`job@1`): an actor finishes on the version it was born with, a new one starts on the newest. */
export interface ChartRegistry {
  machineOf(name: string): Machine
  /** What actors of a kind are born with under a version of the fold. */
  newestOf(kind: string, foldVersion: number): string
  readonly names: readonly string[]
}

export function createChartRegistry(
  charts: readonly AnyChart[],
  options = { shortcuts: true },
): ChartRegistry {
  const machines = new Map<string, Machine>()
  const versions = new Map<string, AnyChart[]>()
  for (const chart of charts) {
    if (machines.has(chart.name)) throw new TypeError(`two charts are called ${chart.name}`)
    machines.set(chart.name, createMachineOf(chart, options))
    versions.set(chart.kind, [...(versions.get(chart.kind) ?? []), chart])
  }
  for (const all of versions.values()) all.sort((a, b) => versionOf(b.name) - versionOf(a.name))
  return {
    names: [...machines.keys()],
    machineOf(name) {
      const machine = machines.get(name)
      if (machine === undefined) throw new TypeError(`there is no chart ${name}`)
      return machine
    },
    newestOf(kind, foldVersion) {
      const newest = versions.get(kind)?.find(({ sinceFold = 1 }) => sinceFold <= foldVersion)
      if (newest === undefined) throw new TypeError(`there is no chart of kind ${kind}`)
      return newest.name
    },
  }
}

function versionOf(name: string): number {
  return Number(name.slice(name.lastIndexOf('@') + 1))
}
