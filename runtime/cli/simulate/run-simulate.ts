import { shrink } from '../../../simulations/run/shrink.ts'
import { type RunSummary, summaryOf } from '../../../simulations/run/run-summary.ts'
import { simulate, type SimulationResult } from '../../../simulations/run/simulate.ts'
import { renderStory } from '../../../simulations/story/render-story.ts'
import { optionsOfSeed } from '../../../simulations/run/simulation-options.ts'
import { nodeClock } from '../../ports/node/node-clock.ts'
import { nodeRandom } from '../../ports/node/node-random.ts'
import type { Session } from '../session.ts'
import { durationOf, givenOptions, jobsOf, seedsOf, type SimulateFlags } from './parse-simulate.ts'
import { programCommit } from './program-commit.ts'
import { commandOf, identityOf, verdictOf } from './render-run.ts'
import { tailOf } from './render-failure.ts'
import { runScenario } from './run-scenario.ts'
import { runSeeds } from './run-seeds.ts'
import { Sweep } from './sweep.ts'

/** Without a seed: so many random ones. */
const RANDOM_SEEDS = 100
/** Failing runs of a sweep that are told; the others are only counted. */
const FAILURES_TOLD_MAX = 10

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
  const set = flags.set ?? []
  const isText = session.format === 'table'
  if (isText) io.out(identityOf(programCommit(), options))
  const first = await simulate(options)
  const failed = isFailed(first)
  const { result } = failed && flags.shrink === true ? await shrunk(session, first) : { result: first }
  if (!isText) await session.print({ data: summaryOf(result), names: [`seed/${seed}`], text: () => '' })
  else {
    if (failed || flags.story === true) io.out(storyOf(result, flags.story === true))
    io.out(verdictOf(summaryOf(result)))
    if (failed) io.out(`again:   ${commandOf(result.options, set, '--story')}\n`)
    if (failed && flags.shrink !== true) io.out(`shorter: ${commandOf(result.options, set, '--shrink')}\n`)
  }
  return !failed
}

async function shrunk({ io }: Session, failed: SimulationResult): ReturnType<typeof shrink> {
  const found = await shrink(failed, {
    onRun: left => io.progress(`shrinking: ${left} faults and deeds`),
  })
  io.progress(undefined)
  const { faults, deeds } = found.result
  io.out(`${faults.length} faults and ${deeds.length} deeds are left after ${found.runs} runs\n`)
  return found
}

async function runMany(session: Session, flags: SimulateFlags): Promise<boolean> {
  const { io } = session
  const sweep = new Sweep()
  const commit = programCommit()
  const startedMs = nodeClock.monotonicMs()
  const onRun = (run: RunSummary): void => {
    sweep.add(run)
    io.progress(`${sweep.runs} seeds, ${sweep.failed.length} failed`)
    if (sweep.failed.at(-1) !== run || session.format !== 'table' || sweep.failed.length > FAILURES_TOLD_MAX)
      return
    io.out(identityOf(commit, run.options))
    io.out(`${verdictOf(run)}again:   ${commandOf(run.options, flags.set ?? [], '--story')}\n`)
  }
  await runSeeds({ nextSeed: seedSource(flags), given: givenOptions(flags), jobs: jobsOf(flags), onRun })
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
    text: () => sweepText(sweep, elapsedMs, holes),
  })
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

function storyOf({ story }: SimulationResult, whole: boolean): string {
  const text = renderStory(story())
  return whole ? text : tailOf(text)
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
