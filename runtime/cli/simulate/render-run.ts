import type { Violation } from '../../../simulations/checkers/evidence.ts'
import type { RunSummary } from '../../../simulations/run/run-summary.ts'
import { describeOptions, type SimulationOptions } from '../../../simulations/run/simulation-options.ts'

/** The promises by their numbers, as the architecture lists them; last, what the API promises of fresh reads. */
const PROMISES: readonly string[] = [
  'a run comes to its end',
  'an accepted job is never lost, and ends',
  'a process never sees a mix of revisions, nor one its policy did not allow',
  'a policy commits only what it may',
  'a node goes backward only by a rollback or a reported fallback',
  'after faults, every live node runs what its group committed, or says why not',
  'same journal, same state; same seed, same trace',
  'an effect takes effect at most once',
  'one writer for each epoch',
  'conflicting jobs never run at once, and each gets its turn',
  'a crashed node is noticed, a live one is not declared dead',
  'one audit record for each change',
  'corruption is found, never used; everything is bounded',
  'fresh reads and writes of a key are linearizable',
]

/** Findings that are told of one promise. */
const TOLD_OF_EACH_MAX = 3

/** The identity of a run: with it, anybody can run it again. */
export function identityOf(commit: string, options: SimulationOptions): string {
  return `seed ${options.seed}  commit ${commit}  ${describeOptions(options)}\n`
}

/** The command that runs it again, exactly. */
export function commandOf(
  { seed, only }: SimulationOptions,
  set: readonly string[],
  ...flags: string[]
): string {
  const settings = set.map(text => `--set ${text}`)
  const chosen = only === null ? [] : [`--only ${only.join(',') || 'none'}`]
  return ['konor simulate', `--seed ${seed}`, ...settings, ...chosen, ...flags].join(' ')
}

export function verdictOf(run: RunSummary): string {
  const { violations, commits, records, events, virtualMs, traceHash } = run
  const figures = `${commits} commits, ${records} records, ${events} events in ${(virtualMs / 1_000).toFixed(0)} s of virtual time`
  if (violations.length === 0 && commits === 0)
    return `FAILED: nothing was committed, so nothing was shown (${figures})\n`
  if (violations.length === 0) return `kept every promise: ${figures}, trace ${traceHash}\n`
  return `FAILED (${figures}, trace ${traceHash})\n${violationsText(violations)}`
}

/** What broke, by promise, in the order in which each was found broken: the first few of each, and how many more. */
export function violationsText(violations: readonly Violation[]): string {
  const promises = [...new Set(violations.map(({ promise }) => promise))]
  return promises
    .map(promise => {
      const told = violations.filter(one => one.promise === promise).map(({ what }) => `          ${what}\n`)
      const rest = told.length - TOLD_OF_EACH_MAX
      const more = rest > 0 ? `          and ${rest} more; -o json lists them all\n` : ''
      return `  broken: ${promise}. ${PROMISES[promise] ?? ''}\n${told.slice(0, TOLD_OF_EACH_MAX).join('')}${more}`
    })
    .join('')
}
