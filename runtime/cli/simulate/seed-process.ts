import process from 'node:process'
import { type RunSummary, summaryOf } from '../../../simulations/run/run-summary.ts'
import type { SimulationOptions } from '../../../simulations/run/simulation-options.ts'
import { simulateCaught } from './catch-strays.ts'

/** What the process answers for each run that it is asked for. */
export type SeedAnswer =
  | { readonly summary: RunSummary }
  | { readonly options: SimulationOptions; readonly thrown: string }

/** Runs one simulation after the other, as the process that forked this one asks for them, and ends with it. */
process.on('message', (options: SimulationOptions) => {
  // Whoever asked may be gone: then this process ends with the connection.
  void answerTo(options).then(answer => process.send?.(answer, undefined, undefined, () => {}))
})
// Ctrl-C, and the time limit of a build, reach all processes: the one that forked this one decides when it ends.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => {})
process.once('disconnect', () => process.exit())

async function answerTo(options: SimulationOptions): Promise<SeedAnswer> {
  try {
    return { summary: summaryOf(await simulateCaught(options)) }
  } catch (error) {
    return { options, thrown: error instanceof Error ? (error.stack ?? error.message) : String(error) }
  }
}
