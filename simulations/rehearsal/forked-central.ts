import { routes } from '../../runtime/engine/routes/routes.ts'
import { sharedMachines } from '../../runtime/engine/shared-machines.ts'
import type { AppendRequest, Journal, JournalHead } from '../../runtime/journal/journal.ts'
import { Kernel } from '../../runtime/kernel/kernel.ts'
import { type ForkedDisk, ForkedJournal } from '../../runtime/replay/forked-journal.ts'
import type { Program } from '../world/program.ts'
import type { BaseCluster } from './base-cluster.ts'

/** A durable append takes at least so much, and so much more on average. */
const APPEND_LEAST_MS = 0.3
const APPEND_MEAN_MS = 1

/** A kernel that stands where the base stands, and then where the fork's own records lead. */
export async function kernelOf({ state }: BaseCluster, disk: ForkedDisk): Promise<Kernel> {
  const kernel = new Kernel(sharedMachines(), routes)
  for (const record of state.actors()) kernel.state.set(record)
  for (const effect of state.effects().values()) kernel.state.setEffect(effect)
  for (const [kind, addresses] of Object.entries(state.allEnded())) kernel.state.setEnded(kind, addresses)
  kernel.state.position = state.position
  for await (const record of new ForkedJournal(disk).read(disk.fork.seq + 1)) kernel.replay(record)
  return kernel
}

/** The journal of one life: appends take time, and what is under way when the life ends has not happened. */
export function slowJournal(disk: ForkedDisk, program: Program): Journal {
  const inner = new ForkedJournal(disk)
  const later = (delayMs: number): Promise<void> => new Promise(resolve => program.later(delayMs, resolve))
  return {
    head: () => inner.head(),
    async append(request: AppendRequest): Promise<JournalHead> {
      await later(APPEND_LEAST_MS - Math.log(1 - program.random.fraction()) * APPEND_MEAN_MS)
      return inner.append(request)
    },
    read: (fromSeq, toSeq) => inner.read(fromSeq, toSeq),
    find: id => inner.find(id),
    getBlob: digest => inner.getBlob(digest),
    getCheckpoint: atSeq => inner.getCheckpoint(atSeq),
    putCheckpoint: checkpoint => inner.putCheckpoint(checkpoint),
    close: () => inner.close(),
  }
}
