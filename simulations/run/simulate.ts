import type { JobView } from '../../runtime/engine/views.ts'
import type { Control } from '../../runtime/engine/control.ts'
import { FOLD_VERSION } from '../../runtime/kernel/fold-version.ts'
import { KernelState } from '../../runtime/kernel/kernel-state.ts'
import { type AgentEntry, recordAgents } from '../checkers/agents/agent-history.ts'
import { checkAll, checkFork } from '../checkers/check-all.ts'
import {
  type Evidence,
  gatherEvidence,
  readRecords,
  readRestores,
  type Violation,
} from '../checkers/evidence.ts'
import type { ProcessLook } from '../checkers/check-freshness.ts'
import { type LoadSample, sampleLoad, sampleRest } from '../checkers/load-sample.ts'
import { type LinkEntry, recordLinks } from '../checkers/link-history.ts'
import { type ActorTexts, portraitDigest, type Portrait } from '../checkers/state-portrait.ts'
import { recordWire, type WireEntry } from '../checkers/wire-history.ts'
import { Cluster } from '../cluster/cluster.ts'
import { adminCaller } from '../cluster/simulated-central.ts'
import type { Fault, FaultKind } from '../faults/fault.ts'
import { beginFork } from '../fork/begin-fork.ts'
import { Injector } from '../faults/injector.ts'
import { playPaper } from '../paper/play-paper.ts'
import { SeededRandom } from '../../runtime/ports/seeded-random.ts'
import { Admins } from '../workload/admins.ts'
import { countDeeds, type DeedCount } from '../workload/count-deeds.ts'
import type { Deed, DeedKind } from '../workload/deed.ts'
import { runStory } from '../story/run-story.ts'
import type { StoryLine } from '../world/story.ts'
import { NeverRests } from '../world/event-budget.ts'
import { World } from '../world/world.ts'
import { awaitCalm } from './calm.ts'
import { drawPlan, type RunPlan } from './run-plan.ts'
import { CentralsWatch } from './watch-centrals.ts'
import type { SimulationOptions } from './simulation-options.ts'

/** How long a cluster may take to begin while nothing goes wrong, and admins to get their last answers afterwards. */
const BEGIN_MS_MAX = 60_000
const ANSWERS_MS_MAX = 120_000
/** Several times as many events of a second as the busiest runs have, and so many more for each node. */
const EVENTS_PER_SECOND = 4_000
const EVENTS_PER_NODE_SECOND = 1_000
/** How often what could grow is counted. */
const SAMPLE_MS = 1_000
/** Several times what the busiest second of a run brings: past it central, or it and an agent, answer themselves. */
export const RECORDS_PER_SECOND_MAX = 300
/** Of so many samples one is a portrait of all that central holds. */
const SAMPLES_PER_PORTRAIT = 20
/** One journal in so many is folded through the stored form of the state at each record; the others at a few. */
const CODEC_ALWAYS_ONE_IN = 25
const CODECS_OTHERWISE = 5
/** Central ends so long after the last change, and stays away for so long. */
const RESTART_MS = 1_000
/** The version that clusters begin with which are upgraded, and the time between two upgrades. */
const FOLD_BEFORE = FOLD_VERSION - 1
const UPGRADE_MS = 4_000

export interface SimulationResult {
  readonly options: SimulationOptions
  /** Empty when every promise was kept. */
  readonly violations: readonly Violation[]
  readonly faults: readonly Fault[]
  readonly deeds: readonly Deed[]
  /** One number for everything that happened, and what it was after each 1,024 events. */
  readonly traceHash: string
  readonly traceMarks: readonly string[]
  /** When the storm began, in true time. */
  readonly stormAtMs: number
  /** Who did what when, put together when it is asked for. */
  readonly story: () => readonly StoryLine[]
  readonly events: number
  readonly virtualMs: number
  readonly records: number
  readonly commits: number
  /** As admins see them at the end. */
  readonly jobs: readonly JobView[]
  /** How often each kind of fault found something to harm. */
  readonly struck: ReadonlyMap<FaultKind, number>
  /** How often each kind of deed was done to its end, and how often refused. */
  readonly done: ReadonlyMap<DeedKind, DeedCount>
}

/**
 * One run: a cluster begins in peace; then a storm of faults and admins; then calm, some machines lost for good, in
 * which it must settle and take one more change; and the verdict of every checker. The same options give the same
 * result.
 */
export async function simulate(
  options: SimulationOptions,
  plan: RunPlan = drawPlan(options),
): Promise<SimulationResult> {
  return new Simulation(options, plan).run()
}

class Simulation {
  readonly #options: SimulationOptions
  readonly #world: World
  readonly #cluster: Cluster
  readonly #injector: Injector
  readonly #admins: Admins
  readonly #wire: readonly WireEntry[]
  readonly #agents: readonly AgentEntry[]
  readonly #links: readonly LinkEntry[]
  readonly #load: LoadSample[] = []
  readonly #looks: ProcessLook[] = []
  readonly #centrals: CentralsWatch
  readonly #portraits: Portrait[] = []
  /** Of central's memory, between two portraits of one life. */
  readonly #texts: ActorTexts = new WeakMap()
  readonly #plan: RunPlan
  #stormAtMs = 0

  constructor(options: SimulationOptions, plan: RunPlan) {
    this.#options = options
    this.#plan = plan
    const eventsPerSecondMax = EVENTS_PER_SECOND + EVENTS_PER_NODE_SECOND * plan.topology.nodes.length
    this.#world = new World(plan.label, { isSteady: plan.isSteady === true, eventsPerSecondMax })
    this.#wire = recordWire(this.#world)
    this.#links = recordLinks(this.#world)
    this.#cluster = new Cluster(this.#world, plan.topology)
    this.#centrals = new CentralsWatch(this.#cluster)
    this.#agents = recordAgents(this.#world)
    this.#injector = new Injector(this.#cluster)
    this.#admins = new Admins(this.#cluster)
    for (const central of this.#cluster.central.all) {
      central.onLeads = () => this.#portray('opened')
      if (plan.upgradeAtMs !== undefined) central.install(FOLD_BEFORE)
    }
  }

  async run(): Promise<SimulationResult> {
    const { seed, paperRecords } = this.#options
    const inTheWorld = await this.#live()
    const violations = [...inTheWorld, ...(await playPaper(new SeededRandom(`paper ${seed}`), paperRecords))]
    const { records } = this.#cluster.central.store.disk
    const commits = readRecords(this.#cluster).flatMap(({ outputs }) =>
      outputs.filter(({ type }) => type === 'group.committed'),
    )
    return {
      options: this.#options,
      violations,
      faults: this.#plan.faults,
      deeds: this.#plan.deeds,
      traceHash: this.#world.trace.hash,
      traceMarks: this.#world.trace.marks,
      stormAtMs: this.#stormAtMs,
      story: () => this.#story(),
      events: this.#world.events,
      virtualMs: this.#world.nowMs,
      records: records.length,
      commits: commits.length,
      jobs: this.#cluster.central.control?.jobs({ limit: 1_000 }).items ?? [],
      struck: this.#injector.struck,
      done: countDeeds(this.#admins.answers),
    }
  }

  /** A program that never rests, or throws what nobody catches, would keep the run from ending: that is the verdict. */
  async #live(): Promise<Violation[]> {
    this.#watchGrowth(Infinity)
    try {
      return (await this.#begin()) ?? (await this.#weather())
    } catch (thrown) {
      if (thrown instanceof NeverRests) return [{ promise: 12, what: thrown.message }]
      return [
        { promise: 0, what: `nobody caught ${thrown instanceof Error ? thrown.stack : String(thrown)}` },
      ]
    }
  }

  /** Few events are enough to fill a journal; one that was there before is none that grows. */
  #watchGrowth(before: number): void {
    this.#world.after(SAMPLE_MS, () => {
      const { length } = this.#cluster.central.store.disk.records
      const at = `at ${(this.#world.nowMs / 1_000).toFixed(3)} s`
      if (length - before > RECORDS_PER_SECOND_MAX)
        throw new NeverRests(`${length - before} records within a second ${at}: something answers itself`)
      this.#watchGrowth(length)
    })
  }

  async #begin(): Promise<Violation[] | undefined> {
    let begun = false
    const { origin } = this.#plan
    const starting = origin === undefined ? this.#cluster.begin() : beginFork(this.#cluster, origin)
    const beginning = starting.then(() => (begun = true))
    beginning.catch(() => this.#world.stop())
    if (await this.#world.run(BEGIN_MS_MAX, () => begun)) return undefined
    return [{ promise: 1, what: `the cluster does not begin: ${String(await settledOrNot(beginning))}` }]
  }

  async #weather(): Promise<Violation[]> {
    const { stormMs, faults, deeds, restMs = 0 } = this.#plan
    await this.#world.run(restMs)
    this.#stormAtMs = this.#world.nowMs
    this.#injector.schedule(faults)
    this.#admins.schedule(deeds)
    this.#upgradeLater()
    this.#sampleLater()
    await this.#world.run(stormMs)
    if (this.#plan.finale === 'one-more-change')
      this.#world.tell('world', 'all faults ended, and everybody was started again', 'turn')
    this.#admins.stop()
    this.#injector.heal()
    const lost = new Set(this.#plan.lost)
    for (const machine of lost) this.#cluster.loseForGood(machine)
    await this.#world.run(ANSWERS_MS_MAX, () => this.#admins.underWay === 0)
    // An admin who was still at it may have put another machine in the place of one that is lost.
    for (const machine of lost) this.#cluster.losePower(machine)
    const unanswered = this.#admins.underWay
    if (unanswered > 0)
      return [{ promise: 1, what: `${unanswered} admins never got an answer` }, ...(await this.#judge())]
    const stuck = await this.#calm(lost)
    return [...stuck, ...(await this.#judge())]
  }

  /** The cluster settles; then it takes one more change everywhere, and settles again. */
  async #calm(lost: ReadonlySet<string>): Promise<Violation[]> {
    await this.#untilAnswered(this.#ask('thaw', control => control.thaw(adminCaller('calm'))))
    // Of a cluster that went on from a journal it is asked who waits for a person.
    if (this.#plan.origin === undefined) await this.#resumeAll()
    const first = await awaitCalm(this.#cluster, lost, this.#plan.patienceMs)
    if (first.length > 0 || this.#plan.finale === 'settle') return first
    this.#world.tell('world', 'one more change, everywhere', 'turn')
    const paths = new Set(this.#cluster.topology.groups.flatMap(({ sets }) => sets))
    for (const path of paths) {
      const change = { path, set: { left: 'last', right: 'last', behave: 'accept' }, remove: [] }
      await this.#untilAnswered(
        this.#ask(path, control => control.changeEntries(change, adminCaller('calm'))),
      )
    }
    if (this.#options.restartsInCalm) await this.#restartCentral()
    const last = await awaitCalm(this.#cluster, lost, this.#plan.patienceMs)
    const view = this.#cluster.central.composed?.leader.view
    if (last.length === 0 && view !== undefined) this.#load.push(sampleRest(this.#world.nowMs, view))
    return last
  }

  /** What waits for a machine that is gone must be told of its time by a central that was not there when it began. */
  async #restartCentral(): Promise<void> {
    await this.#world.run(RESTART_MS)
    this.#cluster.central.leading?.program?.kill('crash')
    await this.#world.run(RESTART_MS)
    this.#cluster.central.start()
  }

  #upgradeLater(): void {
    const { upgradeAtMs } = this.#plan
    if (upgradeAtMs === undefined) return
    for (const [index, central] of this.#cluster.central.all.entries())
      this.#world.after(upgradeAtMs + index * UPGRADE_MS, () => central.upgrade())
  }

  #sampleLater(): void {
    this.#world.after(SAMPLE_MS, () => {
      const view = this.#cluster.central.composed?.leader.view
      if (view !== undefined) this.#load.push(sampleLoad(this.#world.nowMs, view))
      this.#centrals.sample()
      if (this.#load.length % SAMPLES_PER_PORTRAIT === 0) this.#portray('led')
      this.#lookAtDeadlines()
      this.#looks.push(...looksAt(this.#cluster))
      this.#sampleLater()
    })
  }

  #portray(occasion: Portrait['occasion']): void {
    const { composed, store } = this.#cluster.central
    const state = composed?.leader.view
    if (!(state instanceof KernelState)) return
    const { seq } = state.position
    const recordHash = store.disk.records[seq - 1]?.hash ?? ''
    this.#portraits.push({
      atMs: this.#world.nowMs,
      seq,
      recordHash,
      digest: occasion === 'last' ? portraitDigest(state) : portraitDigest(state, this.#texts),
      occasion,
    })
  }

  /** Where several share a log, what waits is not followed. */
  #lookAtDeadlines(): void {
    const { all, log } = this.#cluster.central
    const program = all.length > 1 ? undefined : all[0]?.program
    if (program !== undefined) log.look(program)
  }

  /** What an admin paused would hold up others for ever. */
  async #resumeAll(): Promise<void> {
    for (const { name, state } of this.#cluster.central.control?.groups({ limit: 100 }).items ?? [])
      if (state === 'paused')
        await this.#untilAnswered(
          this.#ask(name, control => control.rollout(name, 'resume', adminCaller('calm'))),
        )
  }

  /** What is refused by now had its reasons. */
  async #ask(what: string, work: (control: Control) => Promise<unknown>): Promise<void> {
    await this.#cluster
      .insist(work)
      .catch((error: unknown) => this.#world.tell('admin', `${what} was refused: ${String(error)}`))
  }

  async #untilAnswered(pending: Promise<void>): Promise<void> {
    let isAnswered = false
    void pending.then(() => (isAnswered = true))
    await this.#world.run(ANSWERS_MS_MAX, () => isAnswered)
  }

  #story(): readonly StoryLine[] {
    const { topology, reactions, sightings } = this.#cluster
    const written = { records: readRecords(this.#cluster), restores: readRestores(this.#cluster) }
    const seen = { topology, ...written, reactions, sightings }
    const { origin } = this.#plan
    return runStory(
      this.#world.story.lines,
      origin === undefined ? seen : { ...seen, afterSeq: origin.fork.seq },
    )
  }

  async #judge(): Promise<Violation[]> {
    const { composed } = this.#cluster.central
    this.#portray('last')
    const jobs = composed?.control.jobs({ limit: 1_000 }).items ?? []
    const { answers, operations, repetitions } = this.#admins
    const shared = this.#centrals.evidence()
    const evidence = gatherEvidence(this.#cluster, {
      answers,
      operations,
      repetitions,
      wire: this.#wire,
      agents: this.#agents,
      links: this.#links,
      spans: this.#injector.spans,
      jobs,
      looks: this.#looks,
      load: this.#load,
      ...(shared === undefined ? {} : { shared }),
      portraits: this.#portraits,
    })
    const strange = answers.filter(({ refusal }) => refusal?.startsWith('not an error') === true)
    const view = composed?.leader.view
    return [
      ...strange.map(({ deed, refusal }) => ({ promise: 1, what: `${deed.id} was ${refusal ?? ''}` })),
      ...(await this.#verdict(evidence, view instanceof KernelState ? view : undefined)),
    ]
  }

  #verdict(evidence: Evidence, live: KernelState | undefined): Promise<Violation[]> {
    const { disk } = this.#cluster.central.store
    if (this.#plan.origin !== undefined) return checkFork(evidence, disk, live)
    return checkAll(evidence, disk, live, { codecEvery: this.#codecEvery(disk.records.length) })
  }

  #codecEvery(records: number): number {
    if (this.#options.seed % CODEC_ALWAYS_ONE_IN === 0) return 1
    return Math.max(1, Math.ceil(records / CODECS_OTHERWISE))
  }
}

/** The value or the reason of a promise that is settled by now; undefined while it is not. */
function settledOrNot(pending: Promise<unknown>): Promise<unknown> {
  return Promise.race([pending.catch((error: unknown) => error), Promise.resolve('it takes too long')])
}

function looksAt({ processes, world }: Cluster): ProcessLook[] {
  return [...processes.values()].flatMap(({ program, snapshot, machine, options }) => {
    if (program === undefined || snapshot === undefined) return []
    const who = { node: machine.name, process: options.name, group: options.group, program: program.life }
    return [{ atMs: world.nowMs, isStale: snapshot.stale, ...who }]
  })
}
