import type { JobView } from '../../runtime/engine/views.ts'
import { isDone } from '../../runtime/kernel/actor-record.ts'
import type { Journal } from '../../runtime/journal/journal.ts'
import { drawFaults } from '../faults/draw-faults.ts'
import { FAULT_KINDS } from '../faults/fault.ts'
import type { RunPlan } from '../run/run-plan.ts'
import { simulate, type SimulationResult } from '../run/simulate.ts'
import { optionsOfSeed, type SimulationOptions } from '../run/simulation-options.ts'
import { SeededRandom } from '../../runtime/ports/seeded-random.ts'
import type { Origin } from './begin-fork.ts'
import { forkedCluster } from './forked-cluster.ts'
import { readFork } from './journal-fork.ts'

/** How much goes wrong after the fork. `swarm` draws kinds and count anew for each seed. */
export const FORK_FAULTS = ['none', 'light', 'heavy', 'swarm'] as const
export type ForkFaults = (typeof FORK_FAULTS)[number]

/** Faults strike within so long; without any, it is passed over. */
const STORM_MS = 30_000
/** Rollouts wait for people and for timeouts of their policies: longer than this nobody waits here. */
const PATIENCE_MS = 2 * 3_600_000
const LIGHT_KINDS = ['crash', 'pause', 'partition', 'slow-path', 'loss'] as const
const LIGHT_COUNT = 4
const HEAVY_COUNT = 30

export interface Continued extends SimulationResult {
  /** What became of the jobs that were open at the fork. */
  readonly open: readonly JobView[]
}

/** Reads a journal up to `seq` and finds the cluster in it. Throws as `readFork` does. */
export async function originAt(journal: Journal, seq: number): Promise<Origin> {
  const fork = await readFork(journal, seq)
  return { fork, cluster: forkedCluster(fork.state) }
}

/** Ids of the jobs that have not ended at the fork. */
export function openJobs({ fork }: Origin): readonly string[] {
  return fork.state
    .list('job')
    .filter(record => !isDone(record))
    .map(({ address }) => address.slice('job/'.length))
}

/** Goes on from a journal under the faults of a seed, until everything is settled. The same arguments give the same. */
export async function continueFrom(origin: Origin, seed: number, faults: ForkFaults): Promise<Continued> {
  const options = optionsOf(seed, faults)
  const result = await simulate(options, planOf(origin, options))
  const open = new Set(openJobs(origin))
  return { ...result, open: result.jobs.filter(({ id }) => open.has(id)) }
}

function optionsOf(seed: number, faults: ForkFaults): SimulationOptions {
  const own = {
    gossip: 'off',
    gossipFaults: [],
    gossipFaultCount: 0,
    deeds: [],
    deedCount: 0,
    contentionCount: 0,
    paperRecords: 0,
    centrals: 1,
    centralFaultCount: 0,
  } as const
  if (faults === 'none') return optionsOfSeed(seed, { ...own, faults: [], faultCount: 0 })
  if (faults === 'light') return optionsOfSeed(seed, { ...own, faults: LIGHT_KINDS, faultCount: LIGHT_COUNT })
  if (faults === 'heavy') return optionsOfSeed(seed, { ...own, faults: FAULT_KINDS, faultCount: HEAVY_COUNT })
  return optionsOfSeed(seed, own)
}

/** Who was offline stays away, whatever else happens. */
function planOf(origin: Origin, { seed, faults: kinds, faultCount: count }: SimulationOptions): RunPlan {
  const { topology, nodes } = origin.cluster
  const label = `from ${origin.fork.seq} ${seed}`
  const present = { ...topology, nodes: nodes.filter(({ isAway }) => !isAway) }
  const withinMs = count === 0 ? 1 : STORM_MS
  const random = new SeededRandom(label).fork('faults')
  return {
    label,
    topology,
    origin,
    faults: present.nodes.length === 0 ? [] : drawFaults(random, present, { kinds, count, withinMs }),
    deeds: [],
    stormMs: withinMs,
    lost: nodes.filter(({ isAway }) => isAway).map(({ name }) => name),
    finale: 'settle',
    patienceMs: PATIENCE_MS,
  }
}
