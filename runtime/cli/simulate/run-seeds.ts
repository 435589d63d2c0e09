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

/** Runs many seeds in processes of their own; a run that throws, or ends its process, is told as one that broke. */
export async function runSeeds(options: RunSeedsOptions): Promise<void> {
  await Promise.all(Array.from({ length: options.jobs }, () => work(options)))
}

async function work(options: RunSeedsOptions): Promise<void> {
  while (!(await workUntilGone(options))) {
    // Another process goes on with the next seed: each takes one, so this ends.
  }
}

/** Answers whether no seed is left; false: the process is gone, and with it one run. */
async function workUntilGone({ nextSeed, given, onRun }: RunSeedsOptions): Promise<boolean> {
  const child = fork(SEED_PROCESS)
  let underWay: SimulationOptions | undefined
  try {
    return await new Promise<boolean>((resolve, reject) => {
      const next = (): void => {
        const seed = nextSeed()
        underWay = seed === undefined ? undefined : optionsOfSeed(seed, given)
        if (underWay === undefined) resolve(true)
        else child.send(underWay)
      }
      child.on('message', (answer: SeedAnswer) => {
        onRun('summary' in answer ? answer.summary : brokenRun(answer.options, answer.thrown))
        next()
      })
      child.once('error', reject)
      child.once('exit', (code, signal) => {
        if (underWay === undefined)
          return reject(new Error(`a process for seeds ended with ${code ?? signal}`))
        onRun(brokenRun(underWay, `its process ended with ${code ?? signal}`))
        resolve(false)
      })
      next()
    })
  } finally {
    child.removeAllListeners('exit')
    // It ends in its own time for nothing else.
    child.kill('SIGKILL')
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
