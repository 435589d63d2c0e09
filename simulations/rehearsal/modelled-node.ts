import type { Desire } from '../../actors/vocabulary/desire.ts'
import type { GroupReport } from '../../actors/vocabulary/report.ts'
import type { Generation } from '../../actors/vocabulary/revision.ts'
import { GroupCell } from '../../agent/groups/group-cell.ts'
import type { GroupAction } from '../../agent/groups/group-input.ts'
import { reportOfGroup } from '../../agent/groups/report-of-group.ts'
import { emptyRecord, type GroupRecord } from '../../agent/store/group-record.ts'
import { type NodeShape, REHEARSAL_PROCESSES_MAX } from '../../runtime/rehearsals/rehearsal-spec.ts'
import type { SeededRandom } from '../../runtime/ports/seeded-random.ts'
import type { World } from '../world/world.ts'
import { ModelledProcess, type ProcessModel } from './modelled-process.ts'

/** A generation is fetched in so much on average, and a record is durable after so much. */
const FETCH_MEAN_MS = 4
const WRITE_MEAN_MS = 2

export interface NodeOptions {
  readonly world: World
  readonly shape: NodeShape
  readonly committed: ReadonlyMap<string, Generation>
  readonly model: ProcessModel
  /** Some group's report is another one now. */
  readonly onReport: (node: ModelledNode) => void
  /** A node begins to run a revision. */
  readonly onActivated: (node: ModelledNode, group: string, revision: number) => void
}

/**
 * A node as the rest of the cluster meets it: the agent's real group cores, over a store and a network that
 * take time and are nothing but time. Its records outlive its crashes, as they would on a disk.
 */
export class ModelledNode {
  readonly name: string
  readonly #options: NodeOptions
  readonly #random: SeededRandom
  readonly #records = new Map<string, GroupRecord>()
  readonly #cells = new Map<string, GroupCell>()
  readonly #processes: ModelledProcess[] = []
  /** How many times slower than usual everything is here. */
  slowness = 1

  constructor(options: NodeOptions) {
    this.#options = options
    this.name = options.shape.name
    this.#random = options.world.random(`node ${this.name}`)
    for (const group of Object.keys(options.shape.groups)) this.#records.set(group, this.#settled(group))
  }

  /** Whether the agent runs. */
  get isUp(): boolean {
    return this.#cells.size > 0
  }

  get cells(): ReadonlyMap<string, GroupCell> {
    return this.#cells
  }

  /** Starts the agent on what its disk holds, and the processes. */
  start(): void {
    if (this.isUp) return
    for (const record of this.#records.values()) this.#open(record)
    for (const cell of this.#cells.values()) cell.take({ type: 'BOOTED', recovered: false })
    for (const process of this.#processes) process.start()
  }

  /** The agent is gone at once, and so are its processes' connections. */
  crash(): void {
    const cells = [...this.#cells.values()]
    // Gone first: what its end makes a core say is heard by nobody.
    this.#cells.clear()
    for (const process of this.#processes.splice(0)) process.crash()
    for (const cell of cells) cell.stop()
  }

  crashProcesses(): void {
    for (const process of this.#processes) process.crash()
  }

  startProcesses(): void {
    for (const process of this.#processes) process.start()
  }

  linkUp(): void {
    for (const cell of this.#cells.values()) cell.take({ type: 'LINK_UP' })
  }

  linkDown(): void {
    for (const cell of this.#cells.values()) cell.take({ type: 'LINK_DOWN' })
  }

  desired(desire: Desire): void {
    const known = this.#cells.get(desire.group)
    if (known === undefined && desire.removed) return
    const cell = known ?? this.#open(emptyRecord(desire.group))
    cell.take({ type: 'DESIRED', desire })
  }

  reports(): readonly GroupReport[] {
    return [...this.#cells.values()].map(cell => reportOfGroup(cell.state))
  }

  #open(record: GroupRecord): GroupCell {
    const { world, shape, committed, model } = this.#options
    const cell = new GroupCell(record, world.clock, (of, action) => this.#perform(of, action))
    this.#cells.set(record.group, cell)
    const count = Math.min(shape.groups[record.group] ?? 0, REHEARSAL_PROCESSES_MAX)
    for (let index = 1; index <= count; index++) {
      const process = new ModelledProcess({
        world,
        random: this.#random,
        cell,
        name: `process-${index}`,
        model,
        known: committed.get(record.group)?.digest,
        slowness: () => this.slowness,
      })
      this.#processes.push(process)
    }
    return cell
  }

  #perform(cell: GroupCell, action: GroupAction): void {
    if (this.#cells.get(cell.group) !== cell) return
    switch (action.do) {
      case 'obtain': {
        const { digest } = action.generation
        const obtained = (): void => cell.take({ type: 'OBTAINED', digest })
        return action.localOnly ? obtained() : this.#later(FETCH_MEAN_MS, cell, obtained)
      }
      case 'persist':
        return this.#later(WRITE_MEAN_MS, cell, () => this.#persisted(cell, action.record))
      case 'push':
        return cell.tell(action.event, action.to)
      case 'report':
        return this.#options.onReport(this)
      case 'announce':
      case 'collect':
      case 'warn':
    }
  }

  #persisted(cell: GroupCell, record: GroupRecord): void {
    const before = this.#records.get(record.group)?.active
    this.#records.set(record.group, record)
    const { active } = record
    if (active !== null && active.activation !== before?.activation)
      this.#options.onActivated(this, record.group, active.revision)
    cell.take({ type: 'PERSISTED' })
  }

  #later(meanMs: number, cell: GroupCell, work: () => void): void {
    const delayMs = -Math.log(1 - this.#random.fraction()) * meanMs * this.slowness
    this.#options.world.after(delayMs, () => {
      if (this.#cells.get(cell.group) === cell) work()
    })
  }

  /** It runs what the group committed, applied by all of its processes. */
  #settled(group: string): GroupRecord {
    const record = emptyRecord(group, 1)
    const generation = this.#options.committed.get(group)
    if (generation === undefined) return record
    const held = { ...generation, timeline: 1 }
    const active = { ...held, activation: 1, outcome: 'applied' as const }
    return { ...record, active, good: held, committed: held, retryTimeline: 1 }
  }
}
