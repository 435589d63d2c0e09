import type { Violation } from '../checkers/evidence.ts'
import type { FaultKind } from '../faults/fault.ts'
import type { DeedCount } from '../workload/count-deeds.ts'
import type { DeedKind } from '../workload/deed.ts'
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
  readonly done: Readonly<Partial<Record<DeedKind, DeedCount>>>
}

export function summaryOf(result: SimulationResult): RunSummary {
  const { options, violations, traceHash, events, virtualMs, records, commits, struck, done } = result
  return {
    options,
    violations,
    traceHash,
    events,
    virtualMs,
    records,
    commits,
    struck: Object.fromEntries(struck),
    done: Object.fromEntries(done),
  }
}
