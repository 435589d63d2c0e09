import { isDeepStrictEqual } from 'node:util'
import { MemoryJournal, type MemoryDisk, MemoryDisk as Disk } from '../../runtime/journal/memory-journal.ts'
import { openKernel } from '../../runtime/engine/open-kernel.ts'
import type { KernelState } from '../../runtime/kernel/kernel-state.ts'
import type { Violation } from './evidence.ts'
import { portraitOf } from './state-portrait.ts'

/**
 * Promise 6: what leads now has the very state that its journal folds to, with and without a checkpoint. Compared
 * member by member: what the stored form of a state forgets, its bytes and hashes would forget on both sides.
 */
export async function checkReplay(disk: MemoryDisk, live: KernelState): Promise<Violation[]> {
  const wanted = portraitOf(live)
  const violations: Violation[] = []
  const starts = disk.checkpoints.length === 0 ? [[]] : [disk.checkpoints, []]
  for (const checkpoints of starts) {
    const copy = Object.assign(new Disk(), { ...disk, checkpoints })
    const { kernel } = await openKernel(new MemoryJournal({ disk: copy }))
    const how = checkpoints.length === 0 ? 'from nothing' : 'from a checkpoint'
    if (!isDeepStrictEqual(portraitOf(kernel.state), wanted))
      violations.push({ promise: 6, what: `the journal, replayed ${how}, folds to another state` })
  }
  return violations
}
