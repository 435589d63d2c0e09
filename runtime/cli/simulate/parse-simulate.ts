import { KonorError } from '../../../actors/vocabulary/errors/konor-error.ts'
import { parseDuration } from '../../api/parse-duration.ts'
import { FAULT_KINDS } from '../../../simulations/faults/fault.ts'
import { GOSSIP_FAULT_KINDS } from '../../../simulations/faults/gossip-fault.ts'
import { DEED_KINDS } from '../../../simulations/workload/deed.ts'
import {
  GOSSIP_CHOICES,
  rangeOf,
  readOption,
  type SimulationOptions,
} from '../../../simulations/run/simulation-options.ts'

/** Seeds of one sweep. */
export const SEEDS_MAX = 1_000_000

const SEED = /^\d{1,15}$/

/** Flags of `konor simulate`, as they are typed. */
export interface SimulateFlags {
  readonly seed?: string
  readonly seeds?: string
  readonly scenario?: string
  readonly jobs?: string
  readonly for?: string
  readonly set?: readonly string[]
  readonly only?: string
  readonly shrink?: boolean
  readonly story?: boolean
}

/** Which seeds: both ends included. */
export interface SeedRange {
  readonly from: number
  readonly to: number
}

/** The seeds that are asked for; undefined when none are named. */
export function seedsOf({ seed, seeds }: SimulateFlags): SeedRange | undefined {
  if (seed !== undefined && seeds !== undefined) throw usage('give --seed or --seeds, not both')
  if (seed !== undefined) return { from: seedOf(seed), to: seedOf(seed) }
  if (seeds === undefined) return undefined
  const [from = '', to, ...more] = seeds.split('..')
  if (to === undefined || more.length > 0)
    throw usage(`--seeds: expected A..B, such as 1..100, got ${JSON.stringify(seeds)}`)
  const range = { from: seedOf(from), to: seedOf(to) }
  if (range.to < range.from) throw usage(`--seeds: the first must not be above the last, got ${seeds}`)
  if (range.to - range.from >= SEEDS_MAX) throw usage(`--seeds: at most ${SEEDS_MAX} at once, got ${seeds}`)
  return range
}

/** What replaces the options of a seed. */
export function givenOptions({ set = [], only }: SimulateFlags): Partial<SimulationOptions> {
  const parts = set.map(text => {
    const option = readOption(text)
    if (option === undefined) throw usage(`--set: ${JSON.stringify(text)} cannot be set${whatIsKnown(text)}`)
    return option
  })
  const chosen = only === undefined ? {} : { only: only === 'none' ? [] : only.split(',') }
  return Object.assign({}, ...parts, chosen) as Partial<SimulationOptions>
}

/** What the option may be, or where all of them are told. */
function whatIsKnown(text: string): string {
  const name = text.split('=')[0] ?? ''
  const range = rangeOf(name)
  if (range !== undefined) return `: ${name} is a whole number from ${range.least} to ${range.most}`
  const known = KINDS.get(name)
  return known === undefined
    ? ': the first line of a run shows them all'
    : `: join some of ${known.join(', ')} with +, or say none`
}

const KINDS: ReadonlyMap<string, readonly string[]> = new Map<string, readonly string[]>([
  ['faults', FAULT_KINDS],
  ['gossipFaults', GOSSIP_FAULT_KINDS],
  ['deeds', DEED_KINDS],
  ['gossip', GOSSIP_CHOICES],
])

/** What has a meaning for one seed alone. */
export function refuseForMany(flags: SimulateFlags): void {
  const strange = (['only', 'shrink', 'story'] as const).find(flag => flags[flag] !== undefined)
  if (strange !== undefined) throw usage(`--${strange} is of one run: give --seed too`)
  if (flags.for !== undefined && flags.seeds !== undefined)
    throw usage('give --for or --seeds, not both: --for runs random seeds')
}

export function jobsOf({ jobs }: SimulateFlags): number {
  if (jobs === undefined) return 1
  if (/^([1-9]|[1-5]\d|6[0-4])$/.test(jobs)) return Number(jobs)
  throw usage(`--jobs: expected a number from 1 to 64, got ${JSON.stringify(jobs)}`)
}

/** For how long random seeds are run, in milliseconds; undefined when `--for` is not given. */
export function durationOf(flags: SimulateFlags): number | undefined {
  if (flags.for === undefined) return undefined
  const durationMs = parseDuration(flags.for)
  if (durationMs === undefined || durationMs === 0)
    throw usage(`--for: expected 90s, 10m or 1h, got ${JSON.stringify(flags.for)}`)
  return durationMs
}

function seedOf(text: string): number {
  if (SEED.test(text)) return Number(text)
  throw usage(`a seed is a whole number, not ${JSON.stringify(text)}`)
}

function usage(message: string): KonorError {
  return new KonorError('KONOR_CLI_USAGE', message)
}
