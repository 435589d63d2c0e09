import { openKernel } from '../../runtime/engine/open-kernel.ts'
import { type MemoryDisk, MemoryDisk as Disk, MemoryJournal } from '../../runtime/journal/memory-journal.ts'
import type { KernelState } from '../../runtime/kernel/kernel-state.ts'
import type { Violation } from './evidence.ts'
import { portraitDigest } from './state-portrait.ts'

/**
 * Promise 6: what leads now has the very state that a restart would give it, with its newest checkpoint, and with one
 * before that.
 */
export async function checkReplay(disk: MemoryDisk, live: KernelState): Promise<Violation[]> {
  const wanted = portraitDigest(live)
  const violations: Violation[] = []
  const { checkpoints } = disk
  // Each further one would cost as much and say little more: half of all journals begin with their first, the others
  // with one in the middle.
  const earlier = disk.records.length % 2 === 0 ? 0 : checkpoints.length >> 1
  const chosen = new Set([checkpoints.at(-1), checkpoints[earlier]])
  for (const checkpoint of chosen) {
    const copy = Object.assign(new Disk(), {
      ...disk,
      checkpoints: checkpoint === undefined ? [] : [checkpoint],
    })
    const { kernel } = await openKernel(new MemoryJournal({ disk: copy }))
    const how = checkpoint === undefined ? 'from nothing' : `from the checkpoint of ${checkpoint.seq}`
    if (portraitDigest(kernel.state) !== wanted)
      violations.push({ promise: 6, what: `the journal, replayed ${how}, folds to another state` })
  }
  return violations
}
