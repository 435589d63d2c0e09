import { SeededRandom } from '../../runtime/ports/seeded-random.ts'
import { FAULT_KINDS, type FaultKind } from '../faults/fault.ts'
import { DEED_KINDS, type DeedKind } from '../workload/deed.ts'

/** Everything that a run depends on beside the program itself. Printed with every run. */
export interface SimulationOptions {
  readonly seed: number
  readonly nodes: number
  readonly groups: number
  /** Of each node. */
  readonly processes: number
  /** The safety phase: so long faults begin and admins act. */
  readonly stormMs: number
  /** What may go wrong, and how often. */
  readonly faults: readonly FaultKind[]
  readonly faultCount: number
  /** What admins do, and how often. */
  readonly deeds: readonly DeedKind[]
  readonly deedCount: number
  /** Machines that never come back after the storm. */
  readonly lost: number
  /** Ids of faults and deeds that are left out: what shrinking found to be of no matter. */
  readonly without: readonly string[]
}

/** Some runs are quiet in one respect, so that the others reach states that noise would hide. */
const QUIET_ONE_IN = 8
/** A kind takes part in a run with this probability: uniform mixes never reach the extremes (Groce et al., 2012). */
const KIND_SHARE = 0.5

/** The options of a seed, drawn in an order that never changes; what is given replaces what was drawn. */
export function optionsOfSeed(seed: number, given: Partial<SimulationOptions> = {}): SimulationOptions {
  const random = new SeededRandom(`options ${seed}`)
  const nodes = 1 + random.integer(6)
  const groups = 1 + random.integer(3)
  const processes = random.integer(4)
  const stormMs = 20_000 + random.integer(60_000)
  const faults = FAULT_KINDS.filter(() => random.fraction() < KIND_SHARE)
  const faultCount = random.integer(QUIET_ONE_IN) === 0 ? 0 : 1 + random.integer(40)
  // Without a change nothing is ever rolled out.
  const deeds = DEED_KINDS.filter(kind => random.fraction() < KIND_SHARE || kind === 'change')
  const deedCount = 3 + random.integer(40)
  const lost = nodes >= 3 && random.integer(3) === 0 ? 1 : 0
  const drawn = { nodes, groups, processes, stormMs, faults, faultCount, deeds, deedCount, lost, without: [] }
  return { seed, ...drawn, ...given }
}

/** `nodes=3 groups=1 …`, as `--set` takes it. */
export function describeOptions(options: SimulationOptions): string {
  return Object.entries(options)
    .filter(([name]) => name !== 'seed')
    .map(([name, value]) => `${name}=${Array.isArray(value) ? value.join('+') || 'none' : String(value)}`)
    .join(' ')
}
