import { type HealthMeasures, mergeMeasures } from './health-columns.ts'
import {
  type HealthRow,
  type HealthStore,
  type Resolution,
  RESOLUTIONS,
  type Retention,
  RETENTION_MS,
  stretchOf,
} from './health-store.ts'

/** Rows of each resolution that are kept in memory. */
export const MEMORY_ROWS_MAX = 100_000

/** A `HealthStore` that forgets everything with its process: for embedding, the simulator and tests. */
export function createMemoryHealthStore(
  retention: Retention = RETENTION_MS,
  rowsMax = MEMORY_ROWS_MAX,
): HealthStore {
  const stretches = new Map<Resolution, Map<number, Map<string, HealthMeasures>>>(
    RESOLUTIONS.map(resolution => [resolution, new Map()]),
  )
  const forget = (kept: Map<number, Map<string, HealthMeasures>>, fromMs: number): void => {
    let rows = 0
    for (const nodes of kept.values()) rows += nodes.size
    for (const atMs of [...kept.keys()].sort((a, b) => a - b)) {
      if (atMs >= fromMs && rows <= rowsMax) return
      rows -= kept.get(atMs)?.size ?? 0
      kept.delete(atMs)
    }
  }
  return {
    write(atMs, rows) {
      for (const [resolution, kept] of stretches) {
        const stretchMs = stretchOf(atMs, resolution)
        const nodes = kept.get(stretchMs) ?? new Map<string, HealthMeasures>()
        kept.set(stretchMs, nodes)
        for (const { node, measures } of rows) {
          const merged = nodes.get(node) ?? {}
          mergeMeasures(merged, measures)
          nodes.set(node, merged)
        }
        forget(kept, atMs - retention[resolution])
      }
      return Promise.resolve()
    },
    history(node, resolution, { fromMs, toMs, limit }) {
      const rows: HealthRow[] = []
      for (const [atMs, nodes] of stretches.get(resolution) ?? []) {
        const measures = nodes.get(node)
        if (measures !== undefined && atMs >= fromMs && atMs < toMs)
          rows.push({ atMs, measures: { ...measures } })
      }
      return Promise.resolve(rows.sort((a, b) => a.atMs - b.atMs).slice(-limit))
    },
    close: () => Promise.resolve(),
  }
}
