import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { RunSummary } from '../../../simulations/run/run-summary.ts'
import { optionsOfSeed, type SimulationOptions } from '../../../simulations/run/simulation-options.ts'
import type { SeedAnswer } from './seed-process.ts'

const SEED_PROCESS = fileURLToPath(new URL('seed-process.js', import.meta.url))

export interface RunSeedsOptions {
  /** The next seed to run; undefined when there is none any more. */
  readonly nextSeed: () => number | undefined
  readonly given: Partial<SimulationOptions>
  readonly jobs: number
  readonly onRun: (summary: RunSummary) => void
}

/** Runs many seeds in processes of their own; a run that throws is told as one that broke. */
export async function runSeeds(options: RunSeedsOptions): Promise<void> {
  await Promise.all(Array.from({ length: options.jobs }, () => work(options)))
}

async function work({ nextSeed, given, onRun }: RunSeedsOptions): Promise<void> {
  const child = fork(SEED_PROCESS)
  try {
    await new Promise<void>((resolve, reject) => {
      const next = (): void => {
        const seed = nextSeed()
        if (seed === undefined) resolve()
        else child.send(optionsOfSeed(seed, given))
      }
      child.on('message', (answer: SeedAnswer) => {
        onRun('summary' in answer ? answer.summary : brokenRun(answer.options, answer.thrown))
        next()
      })
      child.once('error', reject)
      child.once('exit', code => reject(new Error(`a process that ran seeds ended with ${code}`)))
      next()
    })
  } finally {
    child.removeAllListeners('exit')
    child.kill()
  }
}

function brokenRun(options: SimulationOptions, thrown: string): RunSummary {
  const violations = [{ promise: 0, what: `the run itself broke: ${thrown}` }]
  return {
    options,
    violations,
    traceHash: '',
    events: 0,
    virtualMs: 0,
    records: 0,
    commits: 0,
    struck: {},
    done: {},
  }
}
