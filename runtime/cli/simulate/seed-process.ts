import process from 'node:process'
import { type RunSummary, summaryOf } from '../../../simulations/run/run-summary.ts'
import { simulate } from '../../../simulations/run/simulate.ts'
import type { SimulationOptions } from '../../../simulations/run/simulation-options.ts'

/** What the process answers for each run that it is asked for. */
export type SeedAnswer =
  | { readonly summary: RunSummary }
  | { readonly options: SimulationOptions; readonly thrown: string }

/** Runs one simulation after the other, as the process that forked this one asks for them, and ends with it. */
process.on('message', (options: SimulationOptions) => {
  void answerTo(options).then(answer => process.send?.(answer))
})
// Ctrl-C reaches all processes of a terminal: the one that forked this one decides when it ends.
process.on('SIGINT', () => {})
process.once('disconnect', () => process.exit())

async function answerTo(options: SimulationOptions): Promise<SeedAnswer> {
  try {
    return { summary: summaryOf(await simulate(options)) }
  } catch (error) {
    return { options, thrown: error instanceof Error ? (error.stack ?? error.message) : String(error) }
  }
}
