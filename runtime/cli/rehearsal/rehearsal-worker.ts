import { setPriority } from 'node:os'
import { parentPort, workerData } from 'node:worker_threads'
import { buildBaseCluster } from '../../../simulations/rehearsal/base-cluster.ts'
import { rehearse } from '../../../simulations/rehearsal/rehearse.ts'
import type { RehearsalSpec } from '../../rehearsals/rehearsal-spec.ts'
import type { SeedMessage, WorkerMessage } from './worker-messages.ts'

/** One thread of a rehearsal: builds the cluster once, and plays every seed that it is sent on a copy. */
const NICENESS = 10
// On Linux this is the thread's own: beside a central its work comes first.
setPriority(NICENESS)
const spec = workerData as RehearsalSpec
const base = await buildBaseCluster(spec.topology)
// A thread has no origin.
// eslint-disable-next-line unicorn/require-post-message-target-origin
const say = (message: WorkerMessage): void => parentPort?.postMessage(message)

parentPort?.on('message', ({ seed }: SeedMessage) => {
  // A throw must end the thread: its parent then says which seed it was.
  void rehearse(base, spec, seed).then(
    outcome => say({ outcome }),
    (error: unknown) => {
      process.nextTick(() => {
        throw error
      })
    },
  )
})
say({ ready: true })
