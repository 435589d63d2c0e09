import type { Violation } from '../checkers/evidence.ts'
import type { FaultKind } from '../faults/fault.ts'
import type { SimulationOptions } from './simulation-options.ts'
import type { SimulationResult } from './simulate.ts'

/** What remains of a run when only its outcome counts; it can be sent between threads. */
export interface RunSummary {
  readonly options: SimulationOptions
  readonly violations: readonly Violation[]
  readonly traceHash: string
  readonly events: number
  readonly virtualMs: number
  readonly records: number
  readonly commits: number
  readonly struck: Readonly<Partial<Record<FaultKind, number>>>
}

export function summaryOf(result: SimulationResult): RunSummary {
  const { options, violations, traceHash, events, virtualMs, records, commits, struck } = result
  return {
    options,
    violations,
    traceHash,
    events,
    virtualMs,
    records,
    commits,
    struck: Object.fromEntries(struck),
  }
}
