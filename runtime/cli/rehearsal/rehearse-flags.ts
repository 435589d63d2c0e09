import { KonorError } from '../../../actors/vocabulary/errors/konor-error.ts'
import { parseDuration } from '../../api/parse-duration.ts'
import type { RehearsalLimits } from '../../rehearsals/rehearsal-limits.ts'
import {
  FAULT_PROFILES,
  type FaultProfile,
  REHEARSAL_NODES_MAX,
  REHEARSAL_PROCESSES_MAX,
  REHEARSAL_SEEDS_MAX,
  SLOW_P99_MS_DEFAULT,
} from '../../rehearsals/rehearsal-spec.ts'

/** What the verb takes, as commander hands it over. */
export interface RehearseFlags {
  readonly file: readonly string[]
  readonly seeds?: string
  readonly seed?: string
  readonly nodes?: string
  readonly processes?: string
  readonly policy?: string
  readonly faults?: string
  readonly reject?: string
  readonly slow?: string
  readonly jobs?: string
  readonly maxRollback?: string
  readonly maxPaused?: string
  readonly maxFailed?: string
  readonly maxBlast?: string
  readonly maxRejected?: string
  readonly maxTime?: string
}

/** Flags, read and bounded. */
export interface RehearseWish {
  readonly seeds: readonly number[]
  /** One seed alone: its story is the answer. */
  readonly isStory: boolean
  /** Offline with so many nodes; undefined: the cluster of the central. */
  readonly nodes: number | undefined
  readonly processes: number
  readonly policy: string | undefined
  readonly faults: FaultProfile
  readonly rejectShare: number
  readonly slowP99Ms: number
  readonly jobs: number | undefined
  readonly limits: RehearsalLimits
}

const SEEDS_DEFAULT = 100
const SLOW_DEFAULT = `p99=${SLOW_P99_MS_DEFAULT}ms`
const JOBS_MAX = 64

/** Throws `KONOR_CLI_USAGE` with what was expected. */
export function readRehearseFlags(flags: RehearseFlags): RehearseWish {
  refuseOfflineFlags(flags)
  const seed =
    flags.seed === undefined ? undefined : integer('--seed', flags.seed, 0, Number.MAX_SAFE_INTEGER)
  const count = integer('--seeds', flags.seeds ?? String(SEEDS_DEFAULT), 1, REHEARSAL_SEEDS_MAX)
  const slow = quantileTime('--slow', flags.slow ?? SLOW_DEFAULT)
  if (slow.quantile !== 0.99) throw usage('--slow', 'p99=DURATION, such as p99=5s', flags.slow ?? '')
  return {
    seeds: seed === undefined ? Array.from({ length: count }, (_, index) => index + 1) : [seed],
    isStory: seed !== undefined,
    nodes: flags.nodes === undefined ? undefined : integer('--nodes', flags.nodes, 1, REHEARSAL_NODES_MAX),
    processes: integer('--processes', flags.processes ?? '1', 0, REHEARSAL_PROCESSES_MAX),
    policy: flags.policy,
    faults: profile(flags.faults ?? 'light'),
    rejectShare: share('--reject', flags.reject ?? '0%'),
    slowP99Ms: slow.ms,
    jobs: flags.jobs === undefined ? undefined : integer('--jobs', flags.jobs, 1, JOBS_MAX),
    limits: limitsOf(flags),
  }
}

/** A cluster that is there has its own nodes, processes and policies. */
function refuseOfflineFlags({ nodes, processes, policy, jobs }: RehearseFlags): void {
  if (nodes !== undefined) return
  const given = Object.entries({ processes, policy, jobs }).find(([, value]) => value !== undefined)
  if (given === undefined) return
  const message = `--${given[0]} is for rehearsals offline: give --nodes as well`
  throw new KonorError('KONOR_CLI_USAGE', message)
}

function limitsOf(flags: RehearseFlags): RehearsalLimits {
  const { maxRollback, maxPaused, maxFailed, maxBlast, maxRejected, maxTime } = flags
  return {
    ...(maxRollback === undefined ? {} : { maxRollback: share('--max-rollback', maxRollback) }),
    ...(maxPaused === undefined ? {} : { maxPaused: share('--max-paused', maxPaused) }),
    ...(maxFailed === undefined ? {} : { maxFailed: share('--max-failed', maxFailed) }),
    ...(maxBlast === undefined ? {} : { maxBlast: share('--max-blast', maxBlast) }),
    ...(maxRejected === undefined ? {} : { maxRejected: share('--max-rejected', maxRejected) }),
    ...(maxTime === undefined ? {} : { maxTime: quantileTime('--max-time', maxTime) }),
  }
}

function profile(text: string): FaultProfile {
  const found = FAULT_PROFILES.find(name => name === text)
  if (found === undefined) throw usage('--faults', FAULT_PROFILES.join(', '), text)
  return found
}

function integer(flag: string, text: string, least: number, most: number): number {
  const value = Number(text)
  if (/^[0-9]+$/.test(text) && value >= least && value <= most) return value
  throw usage(flag, `a number from ${least} to ${most}`, text)
}

/** `5%`, as 0.05. */
function share(flag: string, text: string): number {
  const [, percent] = /^([0-9]+(?:\.[0-9]+)?)%$/.exec(text) ?? []
  if (percent === undefined || Number(percent) > 100) throw usage(flag, 'a share such as 5%', text)
  return Number(percent) / 100
}

/** `p99=2m`; a duration alone is that of every run. */
function quantileTime(flag: string, text: string): { readonly quantile: number; readonly ms: number } {
  const [, percent = '100', duration = ''] = /^(?:p([0-9]{1,3})=)?(.+)$/.exec(text) ?? []
  const ms = parseDuration(duration)
  const quantile = Number(percent) / 100
  if (ms === undefined || quantile <= 0 || quantile > 1)
    throw usage(flag, 'pNN=DURATION, such as p99=2m', text)
  return { quantile, ms }
}

function usage(flag: string, expected: string, got: string): KonorError {
  return new KonorError('KONOR_CLI_USAGE', `${flag}: expected ${expected}, got ${JSON.stringify(got)}`)
}
