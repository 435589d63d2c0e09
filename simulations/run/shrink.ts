import { simulate, type SimulationResult } from './simulate.ts'
import type { SimulationOptions } from './simulation-options.ts'

/** Runs that shrinking may take. */
export const SHRINK_RUNS_MAX = 400
/** How long it may take; after that the best so far is the answer. */
export const SHRINK_MS_MAX = 300_000

export interface Shrunk {
  readonly result: SimulationResult
  /** Runs that were needed. */
  readonly runs: number
  /** Whether it was stopped by a bound: there may be less. */
  readonly isCut: boolean
  /** Options that were made simpler on the way, beside `only`. */
  readonly simpler: Partial<SimulationOptions>
}

/** What is being left out just now. */
export type ShrinkPhase = 'kinds' | 'the tail' | 'faults' | 'deeds' | 'nodes and options'

export interface ShrinkOptions {
  /** Told of each run, with how many faults and deeds it tries. */
  readonly onRun?: (phase: ShrinkPhase, left: number, runs: number) => void
  /** Default: `simulate`. */
  readonly run?: typeof simulate
  /** Monotonic milliseconds, for the bound of time. Default: no such bound. */
  readonly nowMs?: () => number
}

/**
 * Finds a small run that still breaks the same promise: whole kinds are left out first, then the tail, then ever
 * smaller parts of the faults and of the deeds that are left (ddmin; Zeller and Hildebrandt, "Simplifying and Isolating
 * Failure-Inducing Input", 2002), and at last nodes, processes and whatever else a run can do without. What is left out
 * moves nothing else, since each fault and deed was drawn from a stream of its own.
 */
export async function shrink(failed: SimulationResult, options: ShrinkOptions = {}): Promise<Shrunk> {
  const shrinker = new Shrinker(failed, options)
  await shrinker.leavePaperOut()
  await shrinker.leaveOutKinds()
  await shrinker.cutTail()
  await shrinker.minimise('faults')
  await shrinker.minimise('deeds')
  await shrinker.simplify()
  const { best, runs, isCut, simpler } = shrinker
  return { result: best, runs, isCut, simpler }
}

type Planned = SimulationResult['faults'][number] | SimulationResult['deeds'][number]

class Shrinker {
  best: SimulationResult
  runs = 0
  isCut = false
  simpler: Partial<SimulationOptions> = {}
  readonly #promises: ReadonlySet<number>
  readonly #options: ShrinkOptions
  readonly #untilMs: number

  constructor(failed: SimulationResult, options: ShrinkOptions) {
    this.best = failed
    this.#options = options
    this.#promises = new Set(failed.violations.map(({ promise }) => promise))
    this.#untilMs = (options.nowMs?.() ?? 0) + SHRINK_MS_MAX
  }

  /** What breaks in the world as well has a story there; on paper there is none. */
  async leavePaperOut(): Promise<void> {
    const option = { paperRecords: 0 }
    if (
      this.best.options.paperRecords > 0 &&
      (await this.#keeps('nodes and options', this.#planned(), option))
    )
      this.simpler = option
  }

  async leaveOutKinds(): Promise<void> {
    for (const kind of new Set(this.#planned().map(one => one.kind)))
      await this.#keeps(
        'kinds',
        this.#planned().filter(one => one.kind !== kind),
      )
  }

  /** The shortest beginning that breaks the promise, by halving. */
  async cutTail(): Promise<void> {
    const planned = this.#planned().toSorted((a, b) => a.atMs - b.atMs)
    let [tooFew, enough] = [-1, planned.length]
    while (enough - tooFew > 1) {
      const half = Math.floor((tooFew + enough) / 2)
      if (await this.#keeps('the tail', planned.slice(0, half))) enough = half
      else tooFew = half
    }
  }

  async minimise(which: 'faults' | 'deeds'): Promise<void> {
    for (let parts = 2; this.best[which].length > 0;) {
      const left: readonly Planned[] = this.best[which]
      const others: readonly Planned[] = this.best[which === 'faults' ? 'deeds' : 'faults']
      const size = Math.ceil(left.length / parts)
      let isFound = false
      for (let at = 0; at < left.length && !isFound; at += size)
        isFound = await this.#keeps(which, [...others, ...left.slice(0, at), ...left.slice(at + size)])
      if (isFound) parts = Math.max(2, parts - 1)
      else if (size === 1) return
      else parts = Math.min(left.length, parts * 2)
    }
  }

  /** Each on its own, as far as the same faults and deeds then still break the promise. */
  async simplify(): Promise<void> {
    const { nodes, groups, processes } = this.best.options
    const fewer = (name: 'nodes' | 'groups' | 'processes', from: number, least: number) =>
      Array.from({ length: Math.max(0, from - least) }, (_, index) => ({ [name]: least + index }))
    const ladders: readonly (readonly Partial<SimulationOptions>[])[] = [
      [{ centrals: 1, centralFaultCount: 0 }],
      [{ gossip: 'off', gossipFaultCount: 0 }],
      [{ lost: 0 }],
      fewer('nodes', nodes, 1),
      fewer('groups', groups, 1),
      fewer('processes', processes, 0),
    ]
    for (const ladder of ladders)
      for (const option of ladder) {
        const isChange = Object.entries(option).some(
          ([name, value]) => Object.entries(this.best.options).find(([own]) => own === name)?.[1] !== value,
        )
        if (!isChange || !(await this.#keeps('nodes and options', this.#planned(), option))) continue
        this.simpler = { ...this.simpler, ...option }
        break
      }
  }

  #planned(): readonly Planned[] {
    return [...this.best.faults, ...this.best.deeds]
  }

  /** Whether it still breaks the promise with these alone; the best so far is that then. */
  async #keeps(
    phase: ShrinkPhase,
    planned: readonly Planned[],
    option: Partial<SimulationOptions> = {},
  ): Promise<boolean> {
    const { onRun, nowMs, run = simulate } = this.#options
    if (this.runs >= SHRINK_RUNS_MAX || (nowMs?.() ?? 0) > this.#untilMs) this.isCut = true
    if (this.isCut) return false
    this.runs++
    onRun?.(phase, planned.length, this.runs)
    const only = planned.map(({ id }) => id)
    const result = await run({ ...this.best.options, ...option, only })
    const fails = result.violations.some(({ promise }) => this.#promises.has(promise))
    if (fails) this.best = result
    return fails
  }
}
