import { CHECKPOINT_RECORDS } from '../../runtime/central/checkpointer.ts'
import type { PresetName } from '../../runtime/gossip/core/presets.ts'
import { SeededRandom } from '../../runtime/ports/seeded-random.ts'
import { FAULT_KINDS } from '../faults/fault.ts'
import { CENTRAL_FAULT_KINDS } from '../faults/central-fault.ts'
import { EFFECT_FAULT_KINDS } from '../faults/effect-fault.ts'
import { GOSSIP_FAULT_KINDS } from '../faults/gossip-fault.ts'
import { JOURNAL_FAULT_KINDS } from '../faults/journal-fault.ts'
import { LOG_FAULT_KINDS } from '../faults/log-fault.ts'
import type { SharedLogKind } from '../world/simulated-shared-journal.ts'
import { PAPER_RECORDS } from '../paper/play-paper.ts'
import { NODE_FAULT_KINDS } from '../faults/node-fault.ts'
import { DEED_KINDS, type DrawnDeedKind } from '../workload/deed.ts'

/** Presets that a run may draw; `wan` waits longer than a storm lasts. */
export const GOSSIP_CHOICES = ['off', 'lan', 'safe', 'fast'] as const satisfies readonly (
  | 'off'
  | PresetName
)[]

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
  readonly faults: readonly (typeof FAULT_KINDS)[number][]
  readonly faultCount: number
  /** What admins do, and how often. */
  readonly deeds: readonly DrawnDeedKind[]
  readonly deedCount: number
  /** How often admins get in one another's way. */
  readonly contentionCount: number
  /** How central and agents take part in gossip. */
  readonly gossip: (typeof GOSSIP_CHOICES)[number]
  /** What goes wrong for gossip alone, and how often. */
  readonly gossipFaults: readonly (typeof GOSSIP_FAULT_KINDS)[number][]
  readonly gossipFaultCount: number
  /** What goes wrong with central's journal alone, and how often. */
  readonly journalFaults: readonly (typeof JOURNAL_FAULT_KINDS)[number][]
  readonly journalFaultCount: number
  /** How often a link breaks at the message where it hurts. */
  readonly linkFaultCount: number
  /** One value more in so many is large enough to travel in chunks. */
  readonly largeOneIn: number
  /** Webhooks that are told of alerts, what goes wrong with them and with the steps of jobs, and how often. */
  readonly receivers: number
  readonly effectFaults: readonly (typeof EFFECT_FAULT_KINDS)[number][]
  readonly effectFaultCount: number
  /** Timeouts of policies are so many times shorter: they pass within a storm. */
  readonly haste: number
  /** Central ends and comes back in the calm, while what was asked last may wait for a machine that is gone. */
  readonly restartsInCalm: boolean
  /** What goes wrong on one node between disk, agent and processes, and how often. */
  readonly nodeFaults: readonly (typeof NODE_FAULT_KINDS)[number][]
  readonly nodeFaultCount: number
  /** How often two misfortunes meet that chance alone would hardly bring together. */
  readonly coincidenceCount: number
  /** Records between two checkpoints of central: few, so that a restart begins with one. */
  readonly checkpointRecords: number
  /** Centrals: one with a journal of its own, or several on one log. */
  readonly centrals: number
  /** What goes wrong for several of them, and how often. */
  readonly centralFaults: readonly (typeof CENTRAL_FAULT_KINDS)[number][]
  readonly centralFaultCount: number
  /** What several share, what goes wrong inside of it, and how often. */
  readonly log: SharedLogKind
  readonly logFaults: readonly (typeof LOG_FAULT_KINDS)[number][]
  readonly logFaultCount: number
  /** Centrals begin as the version before, and are upgraded in the storm, one after the other. */
  readonly upgrades: boolean
  /** How often an operator restores a backup that lacks what came after it. */
  readonly backupFaultCount: number
  /** Machines that never come back after the storm. */
  readonly lost: number
  /** Records that are played on paper, beside the world: kernel, policies and compiler against the model alone. */
  readonly paperRecords: number
  /**
   * Ids of the faults and deeds that happen; null: all that were drawn. Shrinking finds those that matter.
   */
  readonly only: readonly string[] | null
}

/** Records between checkpoints: very few, some, and as many as the product takes by itself. */
const CHECKPOINT_CHOICES = [5, 20, 60, CHECKPOINT_RECORDS]
/** How many centrals a run may draw, each as often as it is here. */
const CENTRAL_CHOICES = [1, 1, 1, 1, 1, 1, 1, 2, 2, 3]
/** What several centrals share, each as often as it is here. */
const LOG_CHOICES = ['stream', 'stream', 'plain'] as const satisfies readonly SharedLogKind[]
/** Some runs are quiet in one respect, so that the others reach states that noise would hide. */
const QUIET_ONE_IN = 8
/**
 * A kind takes part in a run with this probability: uniform mixes never reach the extremes (Groce et al.,
 * 2012).
 */
const KIND_SHARE = 0.5
/** One less is the most. */
const CONTENTIONS_END = 6
const RECEIVERS_END = 3
const EFFECT_FAULTS_END = 13
const EFFECT_KIND_SHARE = 0.75
const HASTE_MAX = 6
const LINK_FAULTS_MAX = 12
const UPGRADES_ONE_IN = 4
const COINCIDENCES_MAX = 6
/** Of seeds with one central one in so many loses records by a restore, at most so often. */
const BACKUPS_ONE_IN = 8
const BACKUPS_MAX = 2
const LARGE_CHOICES = [200, 200, 200, 3]

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
  const gossip = drawGossip(new SeededRandom(`gossip options ${seed}`))
  const centrals = drawCentrals(new SeededRandom(`central options ${seed}`))
  // Several centrals keep their journal on a log, which has faults of its own.
  const isAlone = centrals.centrals === 1
  const journal = drawJournal(new SeededRandom(`journal options ${seed}`), isAlone)
  const log = drawLog(new SeededRandom(`log options ${seed}`), centrals.centrals)
  const checkpointRecords = CHECKPOINT_CHOICES[seed % CHECKPOINT_CHOICES.length] ?? CHECKPOINT_RECORDS
  const contentionsEnd = isAlone ? CONTENTIONS_END : CONTENTIONS_END - 1
  const contentionCount = new SeededRandom(`contention options ${seed}`).integer(contentionsEnd)
  const links = drawLinks(new SeededRandom(`link options ${seed}`))
  const counts = { faultCount, deedCount, contentionCount, lost, ...links }
  return {
    seed,
    nodes,
    groups,
    processes,
    stormMs,
    faults,
    deeds,
    ...counts,
    ...gossip,
    ...drawEffects(new SeededRandom(`effect options ${seed}`), isAlone),
    ...drawNodeFaults(new SeededRandom(`node options ${seed}`)),
    coincidenceCount: drawCoincidences(new SeededRandom(`coincidence options ${seed}`)),
    checkpointRecords,
    paperRecords: PAPER_RECORDS,
    backupFaultCount: isAlone ? drawBackups(new SeededRandom(`backup options ${seed}`)) : 0,
    upgrades: new SeededRandom(`upgrade options ${seed}`).integer(UPGRADES_ONE_IN) === 0,
    ...centrals,
    ...journal,
    ...log,
    only: null,
    ...given,
  }
}

/** Drawn by itself: it came later than the others, and must not move them. */
function drawGossip(
  random: SeededRandom,
): Pick<SimulationOptions, 'gossip' | 'gossipFaults' | 'gossipFaultCount'> {
  const gossip = GOSSIP_CHOICES[random.integer(GOSSIP_CHOICES.length)] ?? 'off'
  const gossipFaults = GOSSIP_FAULT_KINDS.filter(() => random.fraction() < KIND_SHARE)
  const gossipFaultCount = gossip === 'off' ? 0 : random.integer(13)
  return { gossip, gossipFaults, gossipFaultCount }
}

/** Drawn by itself, as gossip is. */
function drawCentrals(
  random: SeededRandom,
): Pick<SimulationOptions, 'centrals' | 'centralFaults' | 'centralFaultCount'> {
  const centrals = CENTRAL_CHOICES[random.integer(CENTRAL_CHOICES.length)] ?? 1
  const centralFaults = CENTRAL_FAULT_KINDS.filter(() => random.fraction() < KIND_SHARE)
  const centralFaultCount = centrals === 1 ? 0 : random.integer(9)
  return { centrals, centralFaults, centralFaultCount }
}

/** Drawn by itself, as gossip is. */
function drawJournal(
  random: SeededRandom,
  isAlone: boolean,
): Pick<SimulationOptions, 'journalFaults' | 'journalFaultCount'> {
  const journalFaults = JOURNAL_FAULT_KINDS.filter(() => random.fraction() < KIND_SHARE)
  return { journalFaults, journalFaultCount: isAlone ? random.integer(9) : 0 }
}

/** Drawn by itself, as gossip is. */
function drawLog(
  random: SeededRandom,
  centrals: number,
): Pick<SimulationOptions, 'log' | 'logFaults' | 'logFaultCount'> {
  const log = LOG_CHOICES[random.integer(LOG_CHOICES.length)] ?? 'plain'
  const logFaults = LOG_FAULT_KINDS.filter(() => random.fraction() < KIND_SHARE)
  const logFaultCount = centrals === 1 || log === 'plain' ? 0 : random.integer(13)
  return { log, logFaults, logFaultCount }
}

function drawLinks(random: SeededRandom): Pick<SimulationOptions, 'linkFaultCount' | 'largeOneIn'> {
  const linkFaultCount = random.integer(2) === 0 ? 0 : 1 + random.integer(LINK_FAULTS_MAX)
  return { linkFaultCount, largeOneIn: LARGE_CHOICES[random.integer(LARGE_CHOICES.length)] ?? 200 }
}

function drawBackups(random: SeededRandom): number {
  return random.integer(BACKUPS_ONE_IN) === 0 ? 1 + random.integer(BACKUPS_MAX) : 0
}

/** Drawn by itself; where several centrals share a log, what waits for a time is not followed yet. */
function drawEffects(
  random: SeededRandom,
  isAlone: boolean,
): Pick<SimulationOptions, 'receivers' | 'effectFaults' | 'effectFaultCount' | 'haste' | 'restartsInCalm'> {
  const receivers = isAlone ? random.integer(RECEIVERS_END) : 0
  const effectFaults = EFFECT_FAULT_KINDS.filter(() => random.fraction() < EFFECT_KIND_SHARE)
  const effectFaultCount = random.integer(EFFECT_FAULTS_END)
  const haste = random.fraction() < 0.5 ? 1 : 2 + random.integer(HASTE_MAX - 1)
  const restartsInCalm = random.fraction() < 0.5
  if (!isAlone) return { receivers, effectFaults, effectFaultCount: 0, haste: 1, restartsInCalm: false }
  return { receivers, effectFaults, effectFaultCount, haste, restartsInCalm }
}

/** Drawn by itself, as that of gossip is. */
function drawNodeFaults(random: SeededRandom): Pick<SimulationOptions, 'nodeFaults' | 'nodeFaultCount'> {
  const nodeFaults = NODE_FAULT_KINDS.filter(() => random.fraction() < KIND_SHARE)
  return { nodeFaults, nodeFaultCount: random.integer(QUIET_ONE_IN) === 0 ? 0 : random.integer(17) }
}

/** Drawn by itself, as that of gossip is. */
function drawCoincidences(random: SeededRandom): number {
  return random.integer(2) * (1 + random.integer(COINCIDENCES_MAX))
}

/** `nodes=3 groups=1 …`: all that was drawn, in the form in which it can be given. */
export function describeOptions(options: SimulationOptions): string {
  return Object.entries(options)
    .filter(([name]) => name !== 'seed' && name !== 'only')
    .map(([name, value]) => `${name}=${Array.isArray(value) ? value.join('+') || 'none' : String(value)}`)
    .join(' ')
}

/** The smallest and the largest that each number may be given as: far beyond what anybody can wait for. */
const COUNTS: Readonly<Record<string, readonly [least: number, most: number]>> = {
  nodes: [1, 1_000],
  groups: [1, 100],
  processes: [0, 100],
  stormMs: [0, 86_400_000],
  faultCount: [0, 10_000],
  deedCount: [0, 10_000],
  contentionCount: [0, 1_000],
  linkFaultCount: [0, 10_000],
  largeOneIn: [1, 1_000_000],
  lost: [0, 1_000],
  gossipFaultCount: [0, 10_000],
  journalFaultCount: [0, 10_000],
  receivers: [0, 10],
  effectFaultCount: [0, 10_000],
  haste: [1, 100],
  nodeFaultCount: [0, 10_000],
  coincidenceCount: [0, 1_000],
  checkpointRecords: [1, 1_000_000],
  paperRecords: [0, 100_000],
  centrals: [1, 7],
  centralFaultCount: [0, 10_000],
  logFaultCount: [0, 10_000],
  backupFaultCount: [0, 10_000],
}

/** Which numbers an option may be given; undefined when it is none that is a number. */
export function rangeOf(name: string): { readonly least: number; readonly most: number } | undefined {
  const range = Object.hasOwn(COUNTS, name) ? COUNTS[name] : undefined
  return range && { least: range[0], most: range[1] }
}

/** Reads one `NAME=VALUE` as `describeOptions` writes it; undefined when it says nothing that can be set. */
export function readOption(text: string): Partial<SimulationOptions> | undefined {
  const [name = '', value = ''] = text.split('=')
  const range = rangeOf(name)
  if (range !== undefined) {
    const isIn = /^\d{1,9}$/.test(value) && Number(value) >= range.least && Number(value) <= range.most
    return isIn ? { [name]: Number(value) } : undefined
  }
  if (name === 'gossip') return GOSSIP_CHOICES.flatMap(gossip => (gossip === value ? [{ gossip }] : []))[0]
  if (name === 'log') return LOG_CHOICES.flatMap(log => (log === value ? [{ log }] : []))[0]
  if ((name === 'restartsInCalm' || name === 'upgrades') && (value === 'true' || value === 'false'))
    return { [name]: value === 'true' }
  const kinds = value === 'none' ? [] : value.split('+')
  if (name === 'gossipFaults') return listOf(GOSSIP_FAULT_KINDS, kinds, 'gossipFaults')
  if (name === 'centralFaults') return listOf(CENTRAL_FAULT_KINDS, kinds, 'centralFaults')
  if (name === 'journalFaults') return listOf(JOURNAL_FAULT_KINDS, kinds, 'journalFaults')
  if (name === 'logFaults') return listOf(LOG_FAULT_KINDS, kinds, 'logFaults')
  if (name === 'effectFaults') return listOf(EFFECT_FAULT_KINDS, kinds, 'effectFaults')
  if (name === 'nodeFaults') return listOf(NODE_FAULT_KINDS, kinds, 'nodeFaults')
  if (name === 'faults') return listOf(FAULT_KINDS, kinds, 'faults')
  return name === 'deeds' ? listOf(DEED_KINDS, kinds, 'deeds') : undefined
}

function listOf(known: readonly string[], kinds: readonly string[], name: string): object | undefined {
  return kinds.every(kind => known.includes(kind)) ? { [name]: kinds } : undefined
}
