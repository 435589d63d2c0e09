import type { Folded } from '../../runtime/engine/leader.ts'
import { prepareApply } from '../../runtime/engine/prepare-apply.ts'
import { ForkedDisk } from '../../runtime/replay/forked-journal.ts'
import { type RehearsalOutcome, STORY_LINES_KEPT_MAX } from '../../runtime/rehearsals/rehearsal-outcome.ts'
import type { RehearsalSpec } from '../../runtime/rehearsals/rehearsal-spec.ts'
import { Machine } from '../world/machine.ts'
import { Program } from '../world/program.ts'
import { World } from '../world/world.ts'
import type { BaseCluster } from './base-cluster.ts'
import { kernelOf, slowJournal } from './forked-central.ts'
import { describeMishap, drawMishaps, type Mishap } from './mishap.ts'
import { ModelledCentral } from './modelled-central.ts'
import { ModelledNode } from './modelled-node.ts'
import { placeholderDocuments } from './placeholders.ts'
import { laggards, RolloutWatch } from './rollout-watch.ts'
import { storyLine } from './story-line.ts'

const JOB = 'rehearsed'
const ADMIN = { principal: 'key/admin', scopes: ['admin'] }
/** How often it is asked whether everything has come to rest, and for how long after a commit. */
const LOOK_MS = 1_000
const REST_MS_MAX = 15 * 60_000
const START_MS_MAX = 60_000

/**
 * Plays a change once: the cluster as it is, the change, what goes wrong by the seed, until it has ended and
 * everybody who can has come to rest. The same base, specification and seed give the same outcome.
 */
export async function rehearse(
  base: BaseCluster,
  spec: RehearsalSpec,
  seed: number,
): Promise<RehearsalOutcome> {
  return new Rehearsal(base, spec, seed).run()
}

class Rehearsal {
  readonly #base: BaseCluster
  readonly #spec: RehearsalSpec
  readonly #seed: number
  readonly #world: World
  readonly #machine: Machine
  readonly #nodes: readonly ModelledNode[]
  /** Nodes that are away: cut off from the network, or without power, by so many mishaps. */
  readonly #cuts = new Map<string, number>()
  /** Nodes whose agent has died since their link was opened: to central it is still there. */
  readonly #severed = new Set<string>()
  readonly #absent: ReadonlySet<string>
  readonly #reportSeqs = new Map<string, number>()
  readonly #watch: RolloutWatch
  #lives = 0
  #central: ModelledCentral | undefined
  #appliedAtMs = 0

  constructor(base: BaseCluster, spec: RehearsalSpec, seed: number) {
    this.#base = base
    this.#spec = spec
    this.#seed = seed
    this.#world = new World(`rehearsal ${seed}`)
    this.#machine = new Machine(this.#world, 'central')
    const { nodes } = base.topology
    this.#watch = new RolloutWatch(
      JOB,
      group => this.#membersOf(group),
      (group, revision) => base.committed.get(group)?.revision === revision,
    )
    this.#absent = new Set(nodes.flatMap(({ name, liveness }) => (liveness === 'alive' ? [] : [name])))
    this.#nodes = nodes.map(
      shape =>
        new ModelledNode({
          world: this.#world,
          shape,
          committed: base.committed,
          model: spec,
          onReport: node => this.#central?.report(node),
          onActivated: (node, group, revision) => this.#activated(node.name, group, revision),
        }),
    )
  }

  async run(): Promise<RehearsalOutcome> {
    const { seq } = this.#base.state.position
    const disk = await ForkedDisk.at(this.#base.journal, seq)
    await this.#during(this.#startCentral(disk))
    for (const node of this.#nodes) {
      if (this.#absent.has(node.name)) continue
      node.start()
      this.#central?.adopt(node)
    }
    const present = this.#nodes.map(({ name }) => name).filter(name => !this.#absent.has(name))
    const mishaps = drawMishaps(this.#world.random('mishaps'), this.#spec.faults, present)
    const refusal = await this.#apply()
    if (refusal !== undefined) return this.#outcome('failed', refusal, null, 0)
    for (const mishap of mishaps) this.#world.after(mishap.atMs, () => this.#strike(mishap, disk))
    await this.#world.run(this.#spec.horizonMs, () => this.#watch.verdict !== undefined)
    const endMs = this.#world.nowMs - this.#appliedAtMs
    await this.#rest()
    const { verdict } = this.#watch
    if (verdict !== undefined) return this.#outcome(verdict.end, verdict.reason, verdict.because, endMs)
    return this.#outcome('failed', 'it did not end in time', this.#waitsFor(), endMs)
  }

  /** Answers why it was refused. */
  async #apply(): Promise<string | undefined> {
    const documents = placeholderDocuments(this.#spec.change, 1)
    const request = { id: JOB, caller: ADMIN, action: 'apply', options: {} }
    this.#appliedAtMs = this.#world.nowMs
    this.#world.tell('admin', 'applies the change')
    const applied = this.#central?.leader.submit(preparation => prepareApply(preparation, request, documents))
    const answer = applied?.then(
      () => undefined,
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    )
    return this.#during(answer ?? Promise.resolve('central does not lead'))
  }

  async #startCentral(disk: ForkedDisk): Promise<void> {
    const program = new Program(this.#machine, 'central', ++this.#lives)
    const central = new ModelledCentral({
      program,
      kernel: await kernelOf(this.#base, disk),
      journal: slowJournal(disk, program),
      isFirst: this.#lives === 1,
      reportSeqs: this.#reportSeqs,
      onFolded: folded => this.#folded(folded, central),
    })
    this.#central = central
    await central.start()
  }

  /** Lets time pass until something is there. */
  async #during<T>(pending: Promise<T>): Promise<T> {
    let isThere = false
    void pending.then(
      () => (isThere = true),
      () => (isThere = true),
    )
    await this.#world.run(START_MS_MAX, () => isThere)
    return pending
  }

  #folded(folded: Folded, central: ModelledCentral): void {
    for (const { type, data } of folded.outputs) {
      const line = storyLine(type, data)
      if (line !== undefined) this.#world.tell('central', line)
    }
    this.#watch.folded(folded, central.leader.view, this.#world.nowMs - this.#appliedAtMs)
  }

  #activated(node: string, group: string, revision: number): void {
    const before = this.#watch.ran(group, revision)
    this.#watch.activated(node, group, revision)
    const ran = this.#watch.ran(group, revision)
    if (this.#base.committed.get(group)?.revision === revision) return
    const members = this.#membersOf(group)
    // First, half and all tell the way; a line of each would hide it.
    if (ran > before && (ran === 1 || ran === Math.ceil(members / 2) || ran === members))
      this.#world.tell(node, `runs revision ${revision} of ${group}: ${ran} of ${members} do`)
  }

  #membersOf(group: string): number {
    return this.#base.topology.nodes.filter(({ groups }) => groups[group] !== undefined).length
  }

  #strike(mishap: Mishap, disk: ForkedDisk): void {
    const { kind, forMs } = mishap
    this.#world.tell('fault', describeMishap(mishap))
    if (kind === 'central-crash') return this.#crashCentral(forMs, disk)
    const names = new Set(kind === 'partition' ? mishap.nodes : [mishap.node])
    for (const node of this.#nodes) {
      if (!names.has(node.name)) continue
      if (kind === 'partition' || kind === 'node-lost') this.#cutOff(node, forMs, kind === 'node-lost')
      else if (kind === 'agent-restart') this.#restart(node, forMs)
      else if (kind === 'process-crash') {
        node.crashProcesses()
        this.#world.after(forMs, () => node.startProcesses())
      } else {
        const { times } = mishap
        node.slowness *= times
        this.#world.after(forMs, () => (node.slowness /= times))
      }
    }
  }

  #cutOff(node: ModelledNode, forMs: number, losesPower: boolean): void {
    this.#cuts.set(node.name, (this.#cuts.get(node.name) ?? 0) + 1)
    this.#central?.linkOf(node.name)?.cut()
    if (losesPower) {
      node.crash()
      this.#severed.add(node.name)
    }
    this.#world.after(forMs, () => {
      this.#cuts.set(node.name, (this.#cuts.get(node.name) ?? 1) - 1)
      node.start()
      if (!this.#isReachable(node)) return
      const link = this.#central?.linkOf(node.name)
      if (link !== undefined && !this.#severed.delete(node.name)) link.mend()
      else this.#connect(node)
    })
  }

  #restart(node: ModelledNode, forMs: number): void {
    if (!node.isUp) return
    node.crash()
    this.#central?.disconnect(node)
    this.#world.after(forMs, () => {
      node.start()
      this.#connect(node)
    })
  }

  #crashCentral(forMs: number, disk: ForkedDisk): void {
    const crashed = this.#central
    if (crashed === undefined) return
    this.#central = undefined
    crashed.program.kill('crash')
    for (const node of this.#nodes) node.linkDown()
    this.#world.after(forMs, () => {
      void this.#startCentral(disk).then(() => {
        for (const node of this.#nodes) if (!this.#absent.has(node.name)) this.#connect(node)
      })
    })
  }

  #connect(node: ModelledNode): void {
    const central = this.#central
    central?.connect(node, () => this.#isReachable(node) && node.isUp && this.#central === central)
  }

  #isReachable({ name }: ModelledNode): boolean {
    return !this.#absent.has(name) && (this.#cuts.get(name) ?? 0) === 0
  }

  /** After a commit a rejection may still take it back: until everybody who is there has applied it. */
  async #rest(): Promise<void> {
    for (let passedMs = 0; passedMs < REST_MS_MAX; passedMs += LOOK_MS) {
      const { end } = this.#watch.verdict ?? {}
      if (end === undefined || end === 'paused' || end === 'failed' || this.#isAtRest()) return
      await this.#world.run(LOOK_MS)
    }
  }

  #isAtRest(): boolean {
    if (this.#central === undefined) return false
    const rolling = this.#central.leader.view.list('group').some(({ snapshot }) => isRolling(snapshot.value))
    if (rolling) return false
    return this.#nodes.every(
      node =>
        !this.#isReachable(node) || node.reports().every(({ progress }) => !isUnderWay(progress?.phase)),
    )
  }

  #waitsFor(): string | null {
    const { view } = this.#central?.leader ?? {}
    if (view === undefined) return 'central is away'
    const waiting = this.#base.topology.groups.flatMap(({ name }) => laggards(view, name, undefined) ?? [])
    return waiting[0] ?? null
  }

  #outcome(
    end: RehearsalOutcome['end'],
    reason: string | null,
    because: string | null,
    endMs: number,
  ): RehearsalOutcome {
    const { lines } = this.#world.story
    const shown =
      lines.length <= STORY_LINES_KEPT_MAX
        ? lines
        : [...lines.slice(0, STORY_LINES_KEPT_MAX / 2), ...lines.slice(-STORY_LINES_KEPT_MAX / 2)]
    return {
      seed: this.#seed,
      end,
      reason,
      because,
      commitMs: this.#watch.committedAtMs,
      endMs,
      blastRadius: this.#watch.blastRadius,
      rejected: this.#watch.rejected,
      faults: lines.filter(({ who }) => who === 'fault').length,
      story: shown.map(
        ({ atMs, who, what }) => `${(atMs / 1_000).toFixed(3).padStart(9)} s  ${who}  ${what}`,
      ),
    }
  }
}

function isRolling(value: unknown): boolean {
  return value === 'rolling' || (typeof value === 'object' && value !== null && 'rolling' in value)
}

function isUnderWay(phase: string | undefined): boolean {
  return phase === 'staging' || phase === 'staged' || phase === 'activated'
}
