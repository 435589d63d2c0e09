import { simulate, type SimulationResult } from './simulate.ts'

/** Runs that shrinking may take. */
export const SHRINK_RUNS_MAX = 400

export interface Shrunk {
  readonly result: SimulationResult
  /** Runs that were needed. */
  readonly runs: number
}

export interface ShrinkOptions {
  /** Told of each run, with how many faults and deeds it tries. */
  readonly onRun?: (left: number) => void
  /** Default: `simulate`. */
  readonly run?: typeof simulate
}

/**
 * Finds few faults and deeds that still break the same promise: whole kinds are left out first, then ever smaller
 * parts of what is left (ddmin; Zeller and Hildebrandt, "Simplifying and Isolating Failure-Inducing Input", 2002). What
 * is left out moves nothing else, since each was drawn from a stream of its own.
 */
export async function shrink(
  failed: SimulationResult,
  { onRun, run = simulate }: ShrinkOptions = {},
): Promise<Shrunk> {
  const promises = new Set(failed.violations.map(({ promise }) => promise))
  let best = failed
  let runs = 0
  const stillFails = async (only: readonly string[]): Promise<boolean> => {
    if (runs >= SHRINK_RUNS_MAX) return false
    runs++
    onRun?.(only.length)
    const result = await run({ ...failed.options, only })
    const fails = result.violations.some(({ promise }) => promises.has(promise))
    if (fails) best = result
    return fails
  }
  await leaveOutKinds(failed, stillFails)
  await minimise(idsOf(best), stillFails)
  return { result: best, runs }
}

/** Whether these ids alone still break the promise. */
type StillFails = (only: readonly string[]) => Promise<boolean>

async function leaveOutKinds({ faults, deeds }: SimulationResult, stillFails: StillFails): Promise<void> {
  let left = [...faults, ...deeds]
  for (const kind of new Set(left.map(one => one.kind))) {
    const less = left.filter(one => one.kind !== kind)
    if (await stillFails(less.map(({ id }) => id))) left = less
  }
}

async function minimise(ids: readonly string[], stillFails: StillFails): Promise<void> {
  let left = ids
  for (let parts = 2; left.length > 0;) {
    const size = Math.ceil(left.length / parts)
    let found: readonly string[] | undefined
    for (let at = 0; at < left.length && found === undefined; at += size) {
      const less = [...left.slice(0, at), ...left.slice(at + size)]
      if (await stillFails(less)) found = less
    }
    if (found !== undefined) {
      left = found
      parts = Math.max(2, parts - 1)
    } else if (size === 1) return
    else parts = Math.min(left.length, parts * 2)
  }
}

function idsOf({ faults, deeds }: SimulationResult): readonly string[] {
  return [...faults, ...deeds].map(({ id }) => id)
}
