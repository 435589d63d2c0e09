import { FAULT_KINDS, type FaultKind } from '../../../simulations/faults/fault.ts'
import type { RunSummary } from '../../../simulations/run/run-summary.ts'

/** From so many seeds on, a kind of fault that never struck is a hole in the sweep. */
const SEEDS_FOR_COVERAGE = 200

/** What many runs have shown together. */
export class Sweep {
  readonly failed: RunSummary[] = []
  readonly struck = new Map<FaultKind, number>()
  runs = 0
  events = 0
  virtualMs = 0
  commits = 0

  add(run: RunSummary): void {
    this.runs++
    this.events += run.events
    this.virtualMs += run.virtualMs
    this.commits += run.commits
    for (const kind of FAULT_KINDS) {
      const times = run.struck[kind] ?? 0
      if (times > 0) this.struck.set(kind, (this.struck.get(kind) ?? 0) + times)
    }
    if (run.violations.length > 0 || run.commits === 0) this.failed.push(run)
  }

  /** Kinds of faults that were never seen although there was room for them. */
  holes(allowed: readonly FaultKind[] = FAULT_KINDS): readonly FaultKind[] {
    return this.runs < SEEDS_FOR_COVERAGE ? [] : allowed.filter(kind => !this.struck.has(kind))
  }
}
