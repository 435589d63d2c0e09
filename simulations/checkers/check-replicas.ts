import { createChartRegistry } from '../../runtime/kernel/chart-registry.ts'
import { Kernel } from '../../runtime/kernel/kernel.ts'
import { charts } from '../../runtime/engine/charts.ts'
import { routes } from '../../runtime/engine/routes/routes.ts'
import type { MemoryDisk } from '../../runtime/journal/memory-journal.ts'
import type { Evidence, Violation } from './evidence.ts'
import { portraitDigest } from './state-portrait.ts'

/**
 * Promise 6, of centrals that share a log: whatever each had folded at some moment is what the log folds to at that
 * sequence, and no central had folded what the log does not have.
 */
export async function checkReplicas({ shared }: Evidence, disk: MemoryDisk): Promise<Violation[]> {
  const samples = (shared?.replicas ?? []).toSorted((a, b) => a.seq - b.seq)
  const kernel = new Kernel(createChartRegistry(charts), routes)
  let folded: string | undefined
  return samples.flatMap(({ central, seq, portrait }) => {
    for (const record of disk.records.slice(kernel.position.seq, seq)) {
      kernel.replay(record)
      folded = undefined
    }
    if (kernel.position.seq < seq)
      return [{ promise: 6, what: `${central} has folded up to ${seq}, which the log does not have` }]
    folded ??= portraitDigest(kernel.state)
    if (folded === portrait) return []
    return [{ promise: 6, what: `${central} has another state at ${seq} than the log folds to` }]
  })
}
