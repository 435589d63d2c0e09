import { type ChildProcess, fork } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import type { Experiment, ExperimentResult } from '../../../runtime/gossip/simulation/experiment.ts'
import type { BenchContext } from '../bench.ts'

/** More processes than this would only wait for memory. */
const WORKERS_MAX = 8
const SAID_EVERY = 0.25

/** Runs experiments on all processors; the results come in the order of the experiments. */
export async function runExperiments(
  context: BenchContext,
  what: string,
  experiments: readonly Experiment[],
): Promise<readonly ExperimentResult[]> {
  const results: ExperimentResult[] = []
  let next = 0
  let done = 0
  const work = async (): Promise<void> => {
    const script = fileURLToPath(new URL('experiment-worker.js', import.meta.url))
    // Times may be infinite, which JSON cannot say.
    const worker = fork(script, { serialization: 'advanced' })
    context.teardown(() => void worker.kill())
    for (let at = next++; at < experiments.length; at = next++) {
      const experiment = experiments[at]
      if (experiment !== undefined) results[at] = await askWorker(worker, experiment)
      done++
      if (done % Math.ceil(experiments.length * SAID_EVERY) === 0)
        context.say(`${what}: ${done} of ${experiments.length}`)
    }
    worker.disconnect()
  }
  const workers = Math.min(WORKERS_MAX, availableParallelism(), experiments.length)
  await Promise.all(Array.from({ length: workers }, work))
  return results
}

function askWorker(worker: ChildProcess, experiment: Experiment): Promise<ExperimentResult> {
  return new Promise((resolve, reject) => {
    const failed = (): void => reject(new Error(`An experiment failed: ${JSON.stringify(experiment)}`))
    worker.once('exit', failed)
    worker.once('message', message => {
      worker.off('exit', failed)
      resolve(message as ExperimentResult)
    })
    worker.send(experiment)
  })
}
