import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { benchSqliteJournal } from '../../../runtime/journal/sqlite-journal.bench.ts'
import { tempDir } from '../../kit/temp-dir.ts'
import type { Bench, BenchContext } from '../bench.ts'
import type { Figure, Measured } from '../figure.ts'
import { spreadOf } from '../quantile.ts'

const FLOOR_WRITES = 1_000
const FLOOR_BYTES = 1_024

/** The floor of everything that must be durable: 1 KiB written to a file that is there, and synced. */
export async function measureSyncFloor(context: BenchContext): Promise<Measured> {
  const handle = await open(join(tempDir(context), 'floor'), 'w')
  const bytes = Buffer.alloc(FLOOR_BYTES, 7)
  const timesMs: number[] = []
  try {
    await handle.write(Buffer.alloc(FLOOR_BYTES * FLOOR_WRITES))
    await handle.sync()
    for (let write = 0; write < FLOOR_WRITES; write++) {
      const startMs = performance.now()
      await handle.write(bytes, 0, FLOOR_BYTES, write * FLOOR_BYTES)
      await handle.datasync()
      timesMs.push(performance.now() - startMs)
    }
  } finally {
    await handle.close()
  }
  return spreadOf(timesMs)
}

export const diskBench: Bench = {
  name: 'disk',
  about: 'what a durable write costs here, bare and through the journal',
  async run(context) {
    const floor = await measureSyncFloor(context)
    const journal = await benchSqliteJournal(tempDir(context))
    const figures: Figure[] = [{ name: 'write + fdatasync of 1 KiB', unit: 'ms', ours: floor }]
    for (const { name, p50Ms, p99Ms, recordsPerSecond } of journal) {
      if (name.startsWith('append')) {
        const beside = { name: 'fdatasync floor', ...floor }
        const ours = { value: p50Ms, p99: p99Ms }
        figures.push({ name: `journal, ${name}`, unit: 'ms', ours, beside })
        figures.push({ name: `journal, ${name}, records`, unit: '/s', ours: { value: recordsPerSecond } })
      }
      if (name.startsWith('read'))
        figures.push({ name: `journal, ${name}, records`, unit: '/s', ours: { value: recordsPerSecond } })
    }
    return figures
  },
}
