import { KonorError } from '../../../actors/vocabulary/errors/konor-error.ts'
import { shrink } from '../../../simulations/run/shrink.ts'
import { type RunSummary, summaryOf } from '../../../simulations/run/run-summary.ts'
import type { SimulationResult } from '../../../simulations/run/simulate.ts'
import { renderStory } from '../../../simulations/story/render-story.ts'
import { drawPlan } from '../../../simulations/run/run-plan.ts'
import { optionsOfSeed, type SimulationOptions } from '../../../simulations/run/simulation-options.ts'
import { nodeClock } from '../../ports/node/node-clock.ts'
import { nodeRandom } from '../../ports/node/node-random.ts'
import { ExitWith } from '../exit-with.ts'
import type { Session } from '../session.ts'
import {
  durationOf,
  givenOptions,
  jobsOf,
  refuseForMany,
  seedsOf,
  type SimulateFlags,
} from './parse-simulate.ts'
import { programCommit } from './program-commit.ts'
import { commandOf, identityOf, verdictOf } from './render-run.ts'
import { simulateCaught } from './catch-strays.ts'
import { excerptOf, marked } from './render-failure.ts'
import { runScenario } from './run-scenario.ts'
import { runSeeds } from './run-seeds.ts'
import { stopOnce } from './stop-once.ts'
import { Sweep } from './sweep.ts'

/** Without a seed: so many random ones. */
const RANDOM_SEEDS = 100
/** Failing runs of a sweep that are told; the others are only counted. */
const FAILURES_TOLD_MAX = 10
/** As after a signal to interrupt: what was found so far is no verdict. */
const EXIT_INTERRUPTED = 130

/** `konor simulate`; answers whether every promise was kept. */
export async function runSimulate(session: Session, flags: SimulateFlags): Promise<boolean> {
  if (flags.scenario !== undefined) return runScenario(session, flags, flags.scenario)
  const seeds = seedsOf(flags)
  if (seeds !== undefined && seeds.from === seeds.to) return runOne(session, flags, seeds.from)
  return runMany(session, flags)
}

async function runOne(session: Session, flags: SimulateFlags, seed: number): Promise<boolean> {
  const { io } = session
  const options = optionsOfSeed(seed, givenOptions(flags))
  assertKnown(options)
  let set = flags.set ?? []
  const isText = session.format === 'table'
  if (isText) io.out(identityOf(programCommit(), options))
  const first = await simulateCaught(options)
  const failed = isFailed(first)
  const isShrunk = failed && flags.shrink === true
  const found = isShrunk ? await shrunk(session, first) : undefined
  const result = found?.result ?? first
  // What was made simpler is given as it was, after what the caller gave.
  set = [...set, ...Object.entries(found?.simpler ?? {}).map(([name, value]) => `${name}=${String(value)}`)]
  const story = flags.story === true ? { story: result.story() } : {}
  const data = { ...summaryOf(result), ...story }
  if (!isText) await session.print({ data, names: [`seed/${seed}`], text: () => '' })
  else {
    if (!failed && flags.shrink === true) io.out('nothing to shrink: no promise was broken\n')
    if (failed || flags.story === true) io.out(storyOf(result, flags.story === true, isShrunk))
    io.out(verdictOf(summaryOf(result)))
    if (failed) io.out(`again:   ${commandOf(result.options, set, '--story')}\n`)
    if (failed && flags.shrink !== true) io.out(`shorter: ${commandOf(result.options, set, '--shrink')}\n`)
  }
  return !failed
}

async function shrunk({ io, format }: Session, failed: SimulationResult): ReturnType<typeof shrink> {
  const found = await shrink(failed, {
    run: simulateCaught,
    nowMs: () => nodeClock.monotonicMs(),
    onRun: (phase, left, runs) =>
      io.progress(`shrinking, run ${runs}: can it do with ${left} faults and deeds? (${phase})`),
  })
  io.progress(undefined)
  const { faults, deeds } = found.result
  const cut = found.isCut ? '; a bound of runs or time was met, so there may be less' : ''
  if (format === 'table')
    io.out(
      `shrunk from ${failed.faults.length} faults and ${failed.deeds.length} deeds to ${faults.length} and ${deeds.length}, in ${found.runs} runs${cut}\n`,
    )
  return found
}

/** Ids that nothing was drawn for would be left out without a word. */
function assertKnown(options: SimulationOptions): void {
  const { faults, deeds } = drawPlan({ ...options, only: null })
  const ids = new Set([...faults, ...deeds].map(({ id }) => id))
  const strange = options.only?.filter(id => !ids.has(id)) ?? []
  if (strange.length === 0) return
  const message = `--only: seed ${options.seed} has no fault and no deed ${strange.join(', ')}; --story shows their ids`
  throw new KonorError('KONOR_CLI_USAGE', message)
}

async function runMany(session: Session, flags: SimulateFlags): Promise<boolean> {
  const { io } = session
  refuseForMany(flags)
  const sweep = new Sweep()
  const commit = programCommit()
  const range = seedsOf(flags)
  const total = range === undefined ? '' : ` of ${range.to - range.from + 1}`
  const startedMs = nodeClock.monotonicMs()
  const onRun = (run: RunSummary): void => {
    sweep.add(run)
    io.progress(`${sweep.runs}${total} seeds, ${sweep.failed.length} failed`)
    if (sweep.failed.at(-1) !== run || session.format !== 'table' || sweep.failed.length > FAILURES_TOLD_MAX)
      return
    io.out(identityOf(commit, run.options))
    const commandWith = (flag: string): string => commandOf(run.options, flags.set ?? [], flag)
    io.out(`${verdictOf(run)}again:   ${commandWith('--story')}\nshorter: ${commandWith('--shrink')}\n`)
  }
  const source = seedSource(flags)
  const stop = stopOnce(() => io.note('stopping: seeds that are under way are run to their end'))
  await runSeeds({
    nextSeed: () => (stop.isAsked ? undefined : source()),
    given: givenOptions(flags),
    jobs: jobsOf(flags),
    onRun,
  })
  const elapsedMs = nodeClock.monotonicMs() - startedMs
  const holes = sweep.holes(givenOptions(flags).faults, givenOptions(flags).deeds)
  const { runs, failed, events, virtualMs, commits, struck, done } = sweep
  const data = {
    commit,
    runs,
    failed,
    events,
    virtualMs,
    elapsedMs,
    commits,
    struck: Object.fromEntries(struck),
    done: Object.fromEntries(done),
    holes,
  }
  await session.print({
    data,
    names: failed.map(({ options }) => `seed/${options.seed}`),
    text: () =>
      (stop.isAsked ? `interrupted after ${runs}${total} seeds\n` : '') + sweepText(sweep, elapsedMs, holes),
  })
  const [first] = failed
  if (first !== undefined && session.format === 'table') {
    io.out(`\nhow seed ${first.options.seed} went wrong:\n`)
    io.out(storyOf(await simulateCaught(first.options), false, false))
  }
  if (stop.isAsked) throw new ExitWith(EXIT_INTERRUPTED)
  return failed.length === 0 && holes.length === 0
}

/** The seeds one after the other: those that are named, or random ones for a time or up to a number. */
function seedSource(flags: SimulateFlags): () => number | undefined {
  const range = seedsOf(flags)
  if (range !== undefined) {
    let next = range.from
    return () => (next > range.to ? undefined : next++)
  }
  const untilMs = nodeClock.monotonicMs() + (durationOf(flags) ?? Infinity)
  let left = flags.for === undefined ? RANDOM_SEEDS : Infinity
  return () =>
    left-- > 0 && nodeClock.monotonicMs() < untilMs ? Math.floor(nodeRandom.fraction() * 2 ** 40) : undefined
}

function isFailed({ violations, commits }: SimulationResult): boolean {
  return violations.length > 0 || commits === 0
}

/** Of a run that was shrunk, how its cluster began is not told. */
function storyOf(result: SimulationResult, whole: boolean, isShrunk: boolean): string {
  const { story, stormAtMs, violations } = result
  const lines = story().filter(({ atMs }) => !isShrunk || atMs >= stormAtMs)
  const text = renderStory(marked(lines, violations))
  return whole ? text : excerptOf(text)
}

function sweepText(
  { runs, failed, events, virtualMs, commits, struck, done }: Sweep,
  elapsedMs: number,
  holes: readonly string[],
): string {
  const seconds = elapsedMs / 1_000
  const faults = [...struck].map(([kind, times]) => `${kind} ${times}`).join(', ')
  const deeds = [...done].map(([kind, one]) => `${kind} ${one.done}/${one.refused}`).join(', ')
  return [
    `${runs} seeds, ${failed.length} failed; ${commits} commits, ${(virtualMs / 3_600_000).toFixed(1)} h of virtual time`,
    `${seconds.toFixed(1)} s, ${Math.round(events / seconds)} events/s, ${Math.round(virtualMs / elapsedMs)} times as fast as real time`,
    `faults: ${faults || 'none'}`,
    `deeds, done/refused: ${deeds}`,
    ...(holes.length === 0 ? [] : [`FAILED: never seen in this sweep: ${holes.join(', ')}`]),
    '',
  ].join('\n')
}
