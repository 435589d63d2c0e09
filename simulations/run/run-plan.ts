import { SeededRandom } from '../../runtime/ports/seeded-random.ts'
import type { Topology } from '../cluster/topology.ts'
import { drawBackupFaults } from '../faults/backup-fault.ts'
import { drawCentralFaults } from '../faults/central-fault.ts'
import { drawCoincidences } from '../faults/coincidence.ts'
import { drawFaults } from '../faults/draw-faults.ts'
import type { Origin } from '../fork/begin-fork.ts'
import { drawEffectFaults } from '../faults/effect-fault.ts'
import type { Fault } from '../faults/fault.ts'
import { drawGossipFaults } from '../faults/gossip-fault.ts'
import { drawJournalFaults } from '../faults/journal-fault.ts'
import { drawLogFaults } from '../faults/log-fault.ts'
import { drawLinkFaults } from '../faults/link-fault.ts'
import { drawNodeFaults } from '../faults/node-fault.ts'
import { drawBulk } from '../workload/bulk.ts'
import { drawContentions } from '../workload/contention.ts'
import type { Deed } from '../workload/deed.ts'
import { drawDeeds } from '../workload/draw-deeds.ts'
import { drawTopology } from './draw-topology.ts'
import type { SimulationOptions } from './simulation-options.ts'

/**
 * All that happens in a run from outside, decided before it begins: drawn from a seed, or written by hand.
 */
export interface RunPlan {
  /** Every stream of randomness of the run is forked from it. */
  readonly label: string
  readonly topology: Topology
  /** The journal that the cluster goes on from. Left out: it begins anew. */
  readonly origin?: Origin
  /** Earliest first, as are deeds; times are counted from when the cluster has begun. */
  readonly faults: readonly Fault[]
  readonly deeds: readonly Deed[]
  /** How long the cluster rests before that. Default: not at all. */
  readonly restMs?: number
  readonly stormMs: number
  /** Centrals begin with the version before, and are upgraded from then on, one after the other. Default: never. */
  readonly upgradeAtMs?: number
  /** Machines that never come back after the storm. */
  readonly lost: readonly string[]
  /** Nothing takes now a little more, now a little less time: for stories that people read. */
  readonly isSteady?: boolean
  /**
   * What the cluster must do at the end: settle, or also take one more change everywhere and settle again.
   */
  readonly finale: 'settle' | 'one-more-change'
  /** How long it may take until then. Default: `CALM_MS_MAX`. */
  readonly patienceMs?: number
}

/**
 * The plan of a seed. Topology, faults and deeds come from streams of their own, and so does each of them.
 */
export function drawPlan(options: SimulationOptions): RunPlan {
  const { seed, stormMs, only } = options
  const label = `run ${seed}`
  const random = new SeededRandom(label)
  const topology = drawTopology(random.fork('topology'), options)
  const isIn = ({ id }: { readonly id: string }): boolean => only === null || only.includes(id)
  const faults = { kinds: options.faults, count: options.faultCount, withinMs: stormMs }
  const gossip = { kinds: options.gossipFaults, count: options.gossipFaultCount, withinMs: stormMs }
  const gossipFaults = drawGossipFaults(random.fork('gossip faults'), topology, gossip)
  const centrals = { kinds: options.centralFaults, count: options.centralFaultCount, withinMs: stormMs }
  const centralFaults = drawCentralFaults(random.fork('central faults'), topology, centrals)
  const journal = { kinds: options.journalFaults, count: options.journalFaultCount, withinMs: stormMs }
  const journalFaults = drawJournalFaults(random.fork('journal faults'), journal)
  const log = { kinds: options.logFaults, count: options.logFaultCount, withinMs: stormMs }
  const logFaults = drawLogFaults(random.fork('log faults'), topology, log)
  const node = { kinds: options.nodeFaults, count: options.nodeFaultCount, withinMs: stormMs }
  const nodeFaults = drawNodeFaults(random.fork('node faults'), topology, node)
  const together = { count: options.coincidenceCount, withinMs: stormMs }
  const coincidences = drawCoincidences(random.fork('coincidences'), topology, together)
  const effects = { kinds: options.effectFaults, count: options.effectFaultCount, withinMs: stormMs }
  const effectFaults = drawEffectFaults(random.fork('effect faults'), topology, effects)
  const general = drawFaults(random.fork('faults'), topology, faults)
  const cuts = { count: options.linkFaultCount, withinMs: stormMs }
  const linkFaults = drawLinkFaults(random.fork('link faults'), topology, cuts)
  const restores = { count: options.backupFaultCount, withinMs: stormMs }
  const backupFaults = drawBackupFaults(random.fork('backup faults'), restores)
  const { largeOneIn } = options
  const deeds = { kinds: options.deeds, count: options.deedCount, withinMs: stormMs, largeOneIn }
  const contention = { count: options.contentionCount, withinMs: stormMs }
  const contentions = drawContentions(random.fork('contention'), topology, contention)
  const bulk = drawBulk(random.fork('bulk'), topology)
  return {
    label,
    topology,
    faults: [
      ...general,
      ...gossipFaults,
      ...centralFaults,
      ...journalFaults,
      ...logFaults,
      ...linkFaults,
      ...effectFaults,
      ...nodeFaults,
      ...coincidences,
      ...backupFaults,
    ]
      .filter(isIn)
      .toSorted((a, b) => a.atMs - b.atMs),
    deeds: [...drawDeeds(random.fork('deeds'), topology, deeds), ...contentions, ...bulk]
      .filter(isIn)
      .toSorted((a, b) => a.atMs - b.atMs),
    stormMs,
    ...(options.upgrades ? { upgradeAtMs: random.fork('upgrade').integer(stormMs) } : {}),
    lost: topology.nodes.slice(0, options.lost).map(({ name }) => name),
    finale: 'one-more-change',
  }
}
