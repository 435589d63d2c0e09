import type { Control } from '../../runtime/engine/control.ts'
import { KernelState } from '../../runtime/kernel/kernel-state.ts'
import { checkAll } from '../checkers/check-all.ts'
import { gatherEvidence, readRecords, type Violation } from '../checkers/evidence.ts'
import { type LoadSample, sampleLoad, sampleRest } from '../checkers/load-sample.ts'
import { recordWire, type WireEntry } from '../checkers/wire-history.ts'
import { Cluster } from '../cluster/cluster.ts'
import { adminCaller } from '../cluster/simulated-central.ts'
import { drawFaults } from '../faults/draw-faults.ts'
import type { Fault, FaultKind } from '../faults/fault.ts'
import { drawGossipFaults } from '../faults/gossip-fault.ts'
import { Injector } from '../faults/injector.ts'
import { Admins } from '../workload/admins.ts'
import { drawContentions } from '../workload/contention.ts'
import { countDeeds, type DeedCount } from '../workload/count-deeds.ts'
import type { Deed, DeedKind } from '../workload/deed.ts'
import { drawDeeds } from '../workload/draw-deeds.ts'
import type { StoryLine } from '../world/story.ts'
import { World } from '../world/world.ts'
import { awaitCalm } from './calm.ts'
import { drawTopology } from './draw-topology.ts'
import type { SimulationOptions } from './simulation-options.ts'

/** How long a cluster may take to begin while nothing goes wrong, and admins to get their last answers afterwards. */
const BEGIN_MS_MAX = 60_000
const ANSWERS_MS_MAX = 120_000
/** How often what could grow is counted. */
const SAMPLE_MS = 1_000

export interface SimulationResult {
  readonly options: SimulationOptions
  /** Empty when every promise was kept. */
  readonly violations: readonly Violation[]
  readonly faults: readonly Fault[]
  readonly deeds: readonly Deed[]
  /** One number for everything that happened, and what it was after each 1,024 events. */
  readonly traceHash: string
  readonly traceMarks: readonly string[]
  readonly story: readonly StoryLine[]
  readonly storyText: string
  readonly events: number
  readonly virtualMs: number
  readonly records: number
  readonly commits: number
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
export async function simulate(options: SimulationOptions): Promise<SimulationResult> {
  return new Simulation(options).run()
}

class Simulation {
  readonly #options: SimulationOptions
  readonly #world: World
  readonly #cluster: Cluster
  readonly #injector: Injector
  readonly #admins: Admins
  readonly #wire: readonly WireEntry[]
  readonly #load: LoadSample[] = []
  readonly #faults: readonly Fault[]
  readonly #deeds: readonly Deed[]

  constructor(options: SimulationOptions) {
    const { seed, stormMs, only } = options
    this.#options = options
    this.#world = new World(`run ${seed}`)
    this.#wire = recordWire(this.#world)
    const topology = drawTopology(this.#world.random('topology'), options)
    this.#cluster = new Cluster(this.#world, topology)
    this.#injector = new Injector(this.#cluster)
    this.#admins = new Admins(this.#cluster)
    const isIn = ({ id }: { readonly id: string }): boolean => only === null || only.includes(id)
    const faults = { kinds: options.faults, count: options.faultCount, withinMs: stormMs }
    const gossip = { kinds: options.gossipFaults, count: options.gossipFaultCount, withinMs: stormMs }
    const gossipFaults = drawGossipFaults(this.#world.random('gossip faults'), topology, gossip)
    this.#faults = [...drawFaults(this.#world.random('faults'), topology, faults), ...gossipFaults]
      .filter(isIn)
      .toSorted((a, b) => a.atMs - b.atMs)
    const deeds = { kinds: options.deeds, count: options.deedCount, withinMs: stormMs }
    const contention = { count: options.contentionCount, withinMs: stormMs }
    const contentions = drawContentions(this.#world.random('contention'), topology, contention)
    this.#deeds = [...drawDeeds(this.#world.random('deeds'), topology, deeds), ...contentions]
      .filter(isIn)
      .toSorted((a, b) => a.atMs - b.atMs)
  }

  async run(): Promise<SimulationResult> {
    const violations = (await this.#begin()) ?? (await this.#weather())
    const { records } = this.#cluster.central.store.disk
    const commits = readRecords(this.#cluster).flatMap(({ outputs }) =>
      outputs.filter(({ type }) => type === 'group.committed'),
    )
    return {
      options: this.#options,
      violations,
      faults: this.#faults,
      deeds: this.#deeds,
      traceHash: this.#world.trace.hash,
      traceMarks: this.#world.trace.marks,
      story: this.#world.story.lines,
      storyText: this.#world.story.text(),
      events: this.#world.events,
      virtualMs: this.#world.nowMs,
      records: records.length,
      commits: commits.length,
      struck: this.#injector.struck,
      done: countDeeds(this.#admins.answers),
    }
  }

  async #begin(): Promise<Violation[] | undefined> {
    let begun = false
    const beginning = this.#cluster.begin().then(() => (begun = true))
    beginning.catch(() => this.#world.stop())
    if (await this.#world.run(BEGIN_MS_MAX, () => begun)) return undefined
    return [{ promise: 1, what: `the cluster does not begin: ${String(await settledOrNot(beginning))}` }]
  }

  async #weather(): Promise<Violation[]> {
    const { stormMs, lost: lostCount } = this.#options
    this.#injector.schedule(this.#faults)
    this.#admins.schedule(this.#deeds)
    this.#sampleLater()
    await this.#world.run(stormMs)
    this.#world.tell('world', 'the storm is over')
    this.#admins.stop()
    this.#injector.heal()
    const lost = new Set(this.#cluster.topology.nodes.slice(0, lostCount).map(({ name }) => name))
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
    await this.#resumeAll()
    const first = await awaitCalm(this.#cluster, lost)
    if (first.length > 0) return first
    this.#world.tell('world', 'one more change')
    const paths = new Set(this.#cluster.topology.groups.flatMap(({ sets }) => sets))
    for (const path of paths) {
      const change = { path, set: { left: 'last', right: 'last', behave: 'accept' }, remove: [] }
      await this.#untilAnswered(
        this.#ask(path, control => control.changeEntries(change, adminCaller('calm'))),
      )
    }
    const last = await awaitCalm(this.#cluster, lost)
    const view = this.#cluster.central.composed?.leader.view
    if (last.length === 0 && view !== undefined) this.#load.push(sampleRest(this.#world.nowMs, view))
    return last
  }

  #sampleLater(): void {
    this.#world.after(SAMPLE_MS, () => {
      const view = this.#cluster.central.composed?.leader.view
      if (view !== undefined) this.#load.push(sampleLoad(this.#world.nowMs, view))
      this.#sampleLater()
    })
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
      .catch((error: unknown) => this.#world.tell('admin', `${what} refused: ${String(error)}`))
  }

  async #untilAnswered(pending: Promise<void>): Promise<void> {
    let isAnswered = false
    void pending.then(() => (isAnswered = true))
    await this.#world.run(ANSWERS_MS_MAX, () => isAnswered)
  }

  async #judge(): Promise<Violation[]> {
    const { composed, store } = this.#cluster.central
    const jobs = composed?.control.jobs({ limit: 1_000 }).items ?? []
    const { answers, operations, repetitions } = this.#admins
    const evidence = gatherEvidence(this.#cluster, {
      answers,
      operations,
      repetitions,
      wire: this.#wire,
      spans: this.#injector.spans,
      jobs,
      load: this.#load,
    })
    const strange = answers.filter(({ refusal }) => refusal?.startsWith('not an error') === true)
    const view = composed?.leader.view
    return [
      ...strange.map(({ deed, refusal }) => ({ promise: 1, what: `${deed.id} was ${refusal ?? ''}` })),
      ...(await checkAll(evidence, store.disk, view instanceof KernelState ? view : undefined)),
    ]
  }
}

/** The value or the reason of a promise that is settled by now; undefined while it is not. */
function settledOrNot(pending: Promise<unknown>): Promise<unknown> {
  return Promise.race([pending.catch((error: unknown) => error), Promise.resolve('it takes too long')])
}
