import { isDeepStrictEqual } from 'node:util'
import { MemoryJournal, type MemoryDisk, MemoryDisk as Disk } from '../../runtime/journal/memory-journal.ts'
import { openKernel } from '../../runtime/engine/open-kernel.ts'
import type { KernelState } from '../../runtime/kernel/kernel-state.ts'
import type { Violation } from './evidence.ts'

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

/** All that a state holds, as plain data. */
function portraitOf(state: KernelState): unknown {
  const actors = [...state.actors()].map(({ address, machine, snapshot, deadlines, changedSeq }) => {
    const { value, context, status } = snapshot
    return { address, machine: machine.chart.name, value, context, status, deadlines, changedSeq }
  })
  const { position } = state
  const held = { position, actors, effects: [...state.effects().values()], ended: state.allEnded() }
  // A member that is undefined is one that is not there.
  return JSON.parse(JSON.stringify(held))
}
