import { FAULT_POINTS } from '../../runtime/ports/fault-points.ts'
import type { SeededRandom } from '../../runtime/ports/seeded-random.ts'
import type { Topology } from '../cluster/topology.ts'
import type { Fault, FaultDetail, FaultKind } from './fault.ts'
import type { BackupFaultDetail } from './backup-fault.ts'
import type { CentralFaultDetail } from './central-fault.ts'
import type { EffectFaultDetail } from './effect-fault.ts'
import type { GossipFaultDetail } from './gossip-fault.ts'
import type { JournalFaultDetail } from './journal-fault.ts'
import type { LogFaultDetail } from './log-fault.ts'
import type { LinkFaultDetail } from './link-fault.ts'
import type { NodeFaultDetail } from './node-fault.ts'

const POINTS_OF = {
  central: FAULT_POINTS.filter(point => /^(journal|engine|central)\./.test(point)),
  agent: FAULT_POINTS.filter(point => point.startsWith('agent.')),
  process: FAULT_POINTS.filter(point => point.startsWith('process.')),
}

/**
 * What is drawn here; gossip, links, nodes, the journal, steps, several centrals and their log have faults of their
 * own.
 */
type DrawnKind = Exclude<
  FaultKind,
  (
    | GossipFaultDetail
    | CentralFaultDetail
    | JournalFaultDetail
    | EffectFaultDetail
    | LogFaultDetail
    | LinkFaultDetail
    | NodeFaultDetail
    | BackupFaultDetail
  )['kind']
>

export interface FaultPlanOptions {
  readonly kinds: readonly DrawnKind[]
  readonly count: number
  /** Faults begin within so much time. */
  readonly withinMs: number
}

/** The faults of one run, earliest first. Each is drawn from a stream of its own: none moves another. */
export function drawFaults(
  random: SeededRandom,
  topology: Topology,
  { kinds, count, withinMs }: FaultPlanOptions,
): readonly Fault[] {
  if (kinds.length === 0) return []
  const faults = Array.from({ length: count }, (_, index): Fault => {
    const own = random.fork(`fault ${index}`)
    const kind = pick(own, kinds)
    const atMs = own.integer(withinMs)
    return { id: `f${index + 1}`, atMs, ...drawDetail(own, kind, new Places(own, topology)) }
  })
  return faults.toSorted((a, b) => a.atMs - b.atMs)
}

/** Whom a fault may strike. */
class Places {
  readonly #random: SeededRandom
  readonly #topology: Topology

  constructor(random: SeededRandom, topology: Topology) {
    this.#random = random
    this.#topology = topology
  }

  node(): string {
    return pick(this.#random, this.#topology.nodes).name
  }

  /** Central as often as any node. */
  machine(): string {
    const index = this.#random.integer(this.#topology.nodes.length + 1)
    return this.#topology.nodes[index]?.name ?? 'central'
  }

  machines(): readonly string[] {
    const all = ['central', ...this.#topology.nodes.map(({ name }) => name)]
    const some = all.filter(() => this.#random.fraction() < 0.4)
    return some.length === 0 || some.length === all.length ? [this.node()] : some
  }

  program(): string {
    const role = this.#random.fraction()
    if (role < 0.3) return 'central'
    const { name, processes } = pick(this.#random, this.#topology.nodes)
    if (role < 0.7 || processes.length === 0) return `${name}/agent`
    return `${name}/${pick(this.#random, processes).name}`
  }
}

function drawDetail(random: SeededRandom, kind: DrawnKind, places: Places): FaultDetail {
  const downMs = around(random, 2_000)
  const forMs = around(random, 8_000)
  switch (kind) {
    case 'crash':
      return { kind, program: places.program(), downMs }
    case 'crash-at': {
      const program = places.program()
      return { kind, program, point: pick(random, POINTS_OF[roleOf(program)]), downMs }
    }
    case 'power':
      return { kind, machine: places.machine(), downMs: around(random, 5_000) }
    case 'pause':
      return { kind, program: places.program(), forMs }
    case 'partition':
      return { kind, machines: places.machines(), stops: pick(random, ['both', 'in', 'out']), forMs }
    case 'flap':
      return { kind, machine: places.machine(), times: 2 + random.integer(8), everyMs: around(random, 800) }
    case 'slow-path':
      return { kind, machine: places.machine(), latencyMs: around(random, 150), forMs }
    case 'loss':
      return { kind, machine: places.machine(), share: round(random.fraction() * 0.4), forMs }
    case 'slow-disk':
      return { kind, machine: places.node(), syncMs: around(random, 300), forMs }
    case 'failing-disk':
      return { kind, machine: places.node(), code: pick(random, ['ENOSPC', 'EIO']), forMs }
    case 'bit-rot':
      return { kind, machine: places.node(), file: pick(random, ['generation', 'state']) }
    case 'journal-full':
      return { kind, forMs }
    case 'journal-unclear':
      return { kind, share: round(0.05 + random.fraction() * 0.4), forMs }
    case 'drift':
      return { kind, machine: places.machine(), rate: round(0.8 + random.fraction() * 0.4), forMs }
    case 'wall-jump':
      return { kind, machine: places.machine(), ms: random.integer(7_200_000) - 3_600_000 }
  }
}

/** What kind of program a name is of. */
export function roleOf(program: string): 'central' | 'agent' | 'process' {
  if (program === 'central') return 'central'
  return program.endsWith('/agent') ? 'agent' : 'process'
}

/** Whole milliseconds, exponential with that mean, at least one and at most ten times as long. */
function around(random: SeededRandom, meanMs: number): number {
  return Math.min(meanMs * 10, 1 + Math.floor(-Math.log(1 - random.fraction()) * meanMs))
}

function round(share: number): number {
  return Math.round(share * 100) / 100
}

function pick<T>(random: SeededRandom, list: readonly T[]): T {
  const one = list[random.integer(list.length)]
  if (one === undefined) throw new RangeError('nothing to pick from')
  return one
}
