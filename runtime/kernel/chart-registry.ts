import type { AnyChart } from '../../actors/vocabulary/chart.ts'
import { createMachineOf, type Machine } from './machine.ts'

/** Charts by name (`job@1`): an actor finishes on the version it was born with, a new one starts on the newest. */
export interface ChartRegistry {
  machineOf(name: string): Machine
  newestOf(kind: string): string
  readonly names: readonly string[]
}

export function createChartRegistry(
  charts: readonly AnyChart[],
  options = { shortcuts: true },
): ChartRegistry {
  const machines = new Map<string, Machine>()
  const newest = new Map<string, string>()
  for (const chart of charts) {
    if (machines.has(chart.name)) throw new TypeError(`two charts are called ${chart.name}`)
    machines.set(chart.name, createMachineOf(chart, options))
    const known = newest.get(chart.kind)
    if (known === undefined || versionOf(chart.name) > versionOf(known)) newest.set(chart.kind, chart.name)
  }
  return {
    names: [...machines.keys()],
    machineOf(name) {
      const machine = machines.get(name)
      if (machine === undefined) throw new TypeError(`there is no chart ${name}`)
      return machine
    },
    newestOf(kind) {
      const name = newest.get(kind)
      if (name === undefined) throw new TypeError(`there is no chart of kind ${kind}`)
      return name
    },
  }
}

function versionOf(name: string): number {
  return Number(name.slice(name.lastIndexOf('@') + 1))
}
