import { BACKUP_FAULT_KINDS } from '../../../simulations/faults/backup-fault.ts'
import { CENTRAL_FAULT_KINDS } from '../../../simulations/faults/central-fault.ts'
import { FAULT_KINDS, type FaultKind } from '../../../simulations/faults/fault.ts'
import { JOURNAL_FAULT_KINDS } from '../../../simulations/faults/journal-fault.ts'
import { LOG_FAULT_KINDS } from '../../../simulations/faults/log-fault.ts'
import { MIDWAY_FAULT_KINDS, NODE_FAULT_KINDS } from '../../../simulations/faults/node-fault.ts'
import type { DeedCount } from '../../../simulations/workload/count-deeds.ts'
import { DEED_KINDS, type DeedKind } from '../../../simulations/workload/deed.ts'
import type { RunSummary } from '../../../simulations/run/run-summary.ts'

/** From so many seeds on, a fault that never struck and a deed that was never done are holes in the sweep. */
const SEEDS_FOR_COVERAGE = 200

/** What is counted. */
const COUNTED: readonly FaultKind[] = [
  ...FAULT_KINDS,
  ...CENTRAL_FAULT_KINDS,
  ...JOURNAL_FAULT_KINDS,
  ...LOG_FAULT_KINDS,
  ...NODE_FAULT_KINDS,
  ...MIDWAY_FAULT_KINDS,
  ...BACKUP_FAULT_KINDS,
]

const NONE: DeedCount = { done: 0, refused: 0 }

/** What many runs have shown together. */
export class Sweep {
  readonly failed: RunSummary[] = []
  readonly struck = new Map<FaultKind, number>()
  readonly done = new Map<DeedKind, DeedCount>()
  runs = 0
  events = 0
  virtualMs = 0
  commits = 0

  add(run: RunSummary): void {
    this.runs++
    this.events += run.events
    this.virtualMs += run.virtualMs
    this.commits += run.commits
    for (const kind of COUNTED) {
      const times = run.struck[kind] ?? 0
      if (times > 0) this.struck.set(kind, (this.struck.get(kind) ?? 0) + times)
    }
    for (const kind of DEED_KINDS) {
      const { done, refused } = run.done[kind] ?? NONE
      const before = this.done.get(kind) ?? NONE
      this.done.set(kind, { done: before.done + done, refused: before.refused + refused })
    }
    if (run.violations.length > 0 || run.commits === 0) this.failed.push(run)
  }

  /** Faults that were never seen, and deeds never done to their end, although there was room for them. */
  holes(
    faults: readonly FaultKind[] = COUNTED,
    deeds: readonly DeedKind[] = DEED_KINDS,
  ): readonly (FaultKind | DeedKind)[] {
    if (this.runs < SEEDS_FOR_COVERAGE) return []
    return [
      ...faults.filter(kind => !this.struck.has(kind)),
      ...deeds.filter(kind => (this.done.get(kind) ?? NONE).done === 0),
    ]
  }
}
