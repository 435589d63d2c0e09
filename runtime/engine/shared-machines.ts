import { type ChartRegistry, createChartRegistry } from '../kernel/chart-registry.ts'
import { charts } from './charts.ts'

let compiled: ChartRegistry | undefined

/**
 * The machines of every chart, compiled when they are first asked for, one set for a whole process. A machine is a pure
 * function and keeps nothing of the actors that it steps, so every kernel may have the same ones; compiling them costs
 * as much as folding a hundred records.
 */
export function sharedMachines(): ChartRegistry {
  compiled ??= createChartRegistry(charts)
  return compiled
}
