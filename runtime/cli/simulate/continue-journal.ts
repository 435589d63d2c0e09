import { KonorError } from '../../../actors/vocabulary/errors/konor-error.ts'
import type { Origin } from '../../../simulations/fork/begin-fork.ts'
import {
  type Continued,
  continueFrom,
  FORK_FAULTS,
  type ForkFaults,
  openJobs,
  originAt,
} from '../../../simulations/fork/continue-from.ts'
import { renderStory } from '../../../simulations/story/render-story.ts'
import type { JobView } from '../../engine/views.ts'
import type { Journal } from '../../journal/journal.ts'
import type { Session } from '../session.ts'
import { programCommit } from './program-commit.ts'
import { seedsOf } from './parse-simulate.ts'
import { excerptOf, marked } from './render-failure.ts'
import { violationsText } from './render-run.ts'

/** Names that the first lines have room for. */
const NAMES_MAX = 8

/** Flags of `konor replay --simulate`, as they are typed. */
export interface ContinueFlags {
  readonly seeds?: string
  readonly faults?: string
}

/** `konor replay --simulate`: goes on from a journal, and answers whether every promise was kept. */
export async function continueJournal(
  session: Session,
  journal: Journal,
  seq: number,
  flags: ContinueFlags,
): Promise<boolean> {
  const { io } = session
  const faults = faultsOf(flags)
  const seeds = seedsOf({ seeds: flags.seeds ?? '1..1' }) ?? { from: 1, to: 1 }
  const origin = await originAt(journal, seq)
  const isText = session.format === 'table'
  if (isText) io.out(headOf(origin, faults, seeds))
  const runs: Continued[] = []
  for (let seed = seeds.from; seed <= seeds.to; seed++) {
    io.progress(`seed ${seed} of ${seeds.from}..${seeds.to}`)
    const run = await continueFrom(origin, seed, faults)
    runs.push(run)
    if (run.violations.length > 0 && isText) io.out(failureOf(run))
  }
  io.progress(undefined)
  const [first] = runs
  const data = {
    seq,
    faults,
    open: openJobs(origin),
    runs: runs.map(({ options, violations, open, traceHash, virtualMs }) => {
      return { seed: options.seed, violations, jobs: open, traceHash, virtualMs }
    }),
  }
  await session.print({
    data,
    names: openJobs(origin).map(id => `job/${id}`),
    text: () => (runs.length === 1 && first !== undefined ? storyOf(first) : '') + fatesOf(runs),
  })
  return runs.every(({ violations }) => violations.length === 0)
}

function faultsOf({ faults = 'none' }: ContinueFlags): ForkFaults {
  const known = FORK_FAULTS.find(one => one === faults)
  if (known !== undefined) return known
  throw new KonorError(
    'KONOR_CLI_USAGE',
    `--faults: expected ${FORK_FAULTS.join(', ')}, got ${JSON.stringify(faults)}`,
  )
}

function headOf(
  origin: Origin,
  faults: ForkFaults,
  { from, to }: { readonly from: number; readonly to: number },
): string {
  const { fork, cluster } = origin
  const away = cluster.nodes.filter(({ isAway }) => isAway).map(({ name }) => name)
  const present = cluster.nodes.filter(({ isAway }) => !isAway).map(({ name }) => name)
  const open = openJobs(origin)
  const seeds = from === to ? `seed ${from}` : `seeds ${from}..${to}`
  return [
    `from record ${fork.seq}  ${seeds}  faults ${faults}  commit ${programCommit()}`,
    `stand-ins, whose processes take what they get: ${namesOf(present)}` +
      (away.length === 0 ? '' : `; away, as they were: ${namesOf(away)}`),
    open.length === 0 ? 'no job is open there' : `open there: ${open.map(id => `job ${id}`).join(', ')}`,
    '',
  ].join('\n')
}

function namesOf(names: readonly string[]): string {
  if (names.length <= NAMES_MAX) return names.join(', ') || 'none'
  return `${names.slice(0, NAMES_MAX).join(', ')} and ${names.length - NAMES_MAX} more`
}

function storyOf({ story, stormAtMs, violations }: Continued): string {
  const lines = story().filter(({ atMs }) => atMs >= Math.min(stormAtMs, 1))
  const text = renderStory(marked(lines, violations))
  return text === '' ? '' : `\n${excerptOf(text)}`
}

function failureOf(run: Continued): string {
  return `FAILED, seed ${run.options.seed}:\n${violationsText(run.violations)}`
}

/** What became of each job that was open, over all runs, the commonest end first. */
function fatesOf(runs: readonly Continued[]): string {
  const fates = new Map<string, Map<string, number>>()
  for (const { open } of runs)
    for (const job of open) {
      const counts = fates.get(job.id) ?? new Map<string, number>()
      const fate = fateOf(job)
      fates.set(job.id, counts.set(fate, (counts.get(fate) ?? 0) + 1))
    }
  const lines = [...fates].flatMap(([id, counts]) => [
    `job ${id}`,
    ...[...counts]
      .toSorted(([, a], [, b]) => b - a)
      .map(([fate, times]) => `  ${runs.length === 1 ? '' : `${times} of ${runs.length}: `}${fate}`),
  ])
  const broken = runs.filter(({ violations }) => violations.length > 0).length
  const verdict = broken === 0 ? 'kept every promise' : `${broken} of ${runs.length} runs broke a promise`
  return `\n${[...lines, verdict].join('\n')}\n`
}

function fateOf({ state, reason, groups }: JobView): string {
  const outcomes = groups.map(
    ({ group, revision, outcome, reason: why }) =>
      `${group} ${outcome}${revision === null ? '' : ` at revision ${revision}`}${why === undefined ? '' : ` (${why})`}`,
  )
  const what = outcomes.length > 0 ? outcomes.join(', ') : reason
  return what === undefined ? state : `${state}: ${what}`
}
