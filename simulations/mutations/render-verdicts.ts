import { MODULES } from './mutation.ts'
import type { Verdict } from './verdict.ts'

/** Verdicts of one module, counted. */
export interface Share {
  readonly module: string
  readonly caught: number
  readonly hung: number
  readonly survived: number
  readonly total: number
}

/** How many of each module were caught; those that hung count as caught in the share of all. */
export function sharesOf(verdicts: readonly Verdict[]): readonly Share[] {
  const shares = MODULES.map(module =>
    shareOf(
      module,
      verdicts.filter(one => one.module === module),
    ),
  )
  return [...shares.filter(({ total }) => total > 0), shareOf('all', verdicts)]
}

function shareOf(module: string, verdicts: readonly Verdict[]): Share {
  const count = (outcome: Verdict['outcome']): number =>
    verdicts.filter(one => one.outcome === outcome).length
  const [caught, hung, survived] = [count('caught'), count('hung'), count('survived')]
  return { module, caught, hung, survived, total: verdicts.length }
}

export function caughtShare(verdicts: readonly Verdict[]): number {
  const survived = verdicts.filter(({ outcome }) => outcome === 'survived').length
  return verdicts.length === 0 ? 0 : (verdicts.length - survived) / verdicts.length
}

/** The shares as a table, and who survived. */
export function renderVerdicts(verdicts: readonly Verdict[]): string {
  const rows = sharesOf(verdicts).map(({ module, caught, hung, survived, total }) =>
    [module.padEnd(12), caught, hung, survived, total].map(cell => String(cell).padStart(8)).join(' '),
  )
  const title = ['module'.padEnd(12), 'caught', 'hung', 'survived', 'of']
    .map(cell => cell.padStart(8))
    .join(' ')
  const survivors = verdicts
    .filter(({ outcome }) => outcome === 'survived')
    .map(({ id, breaks, models }) => `  ${id} (promise ${breaks.join(', ')}): ${models}`)
  const percent = (caughtShare(verdicts) * 100).toFixed(1)
  const end = `${percent} % of ${verdicts.length} caught`
  return [title, ...rows, '', end, ...(survivors.length === 0 ? [] : ['Survivors:', ...survivors]), ''].join(
    '\n',
  )
}
