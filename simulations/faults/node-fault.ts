import type { SeededRandom } from '../../runtime/ports/seeded-random.ts'
import type { Cluster } from '../cluster/cluster.ts'
import type { Topology } from '../cluster/topology.ts'
import { DISK_STEPS, type DiskStep } from '../world/simulated-files.ts'

/** What goes wrong on one node, between its disk, its agent and its processes. */
export type NodeFaultDetail =
  /** Power fails in the middle of the agent's next steps that keep something. */
  | {
      readonly kind: 'power-at'
      readonly machine: string
      readonly step: DiskStep
      /** So many of them go well before. */
      readonly after: number
      readonly forMs: number
    }
  /** What the agent wrote last turns out to be bad, just when it is started again. */
  | {
      readonly kind: 'rotten-restart'
      readonly machine: string
      readonly file: 'state' | 'generation'
      readonly forMs: number
    }
  /** A process loses its connection, and its agent hears of that later: it may have a new one by then. */
  | { readonly kind: 'cut-connection'; readonly program: string; readonly lagMs: number; readonly forMs: 0 }
  /** A central that was deposed answers the agent in the place of the one that leads. */
  | { readonly kind: 'stale-central'; readonly machine: string; readonly forMs: number }

type NodeFaultKind = NodeFaultDetail['kind']

/** Every kind, in the order in which a swarm draws whether it takes part. New ones go to the end. */
export const NODE_FAULT_KINDS = [
  'power-at',
  'rotten-restart',
  'cut-connection',
  'stale-central',
] as const satisfies readonly NodeFaultKind[]

export type NodeFault = { readonly id: string; readonly atMs: number } & NodeFaultDetail

export interface NodeFaultPlan {
  readonly kinds: readonly NodeFaultKind[]
  readonly count: number
  readonly withinMs: number
}

/** A connection that is cut is heard of at once, or as much later as a child holds it open. */
const LAG_MS_MAX = 4_000

/** The faults of nodes of one run; each from a stream of its own, as the others. */
export function drawNodeFaults(
  random: SeededRandom,
  topology: Topology,
  { kinds, count, withinMs }: NodeFaultPlan,
): readonly NodeFault[] {
  if (kinds.length === 0) return []
  return Array.from({ length: count }, (_, index): NodeFault => {
    const own = random.fork(`node fault ${index}`)
    const pick = <T>(list: readonly T[]): T => list[own.integer(list.length)] as T
    const kind = pick(kinds)
    const { name: machine, processes } = pick(topology.nodes)
    const at = { id: `n${index + 1}`, atMs: own.integer(withinMs) }
    const forMs = 200 + Math.floor(-Math.log(1 - own.fraction()) * 4_000)
    if (kind === 'power-at')
      return { ...at, kind, machine, step: pick(DISK_STEPS), after: own.integer(6), forMs }
    if (kind === 'rotten-restart') return { ...at, kind, machine, file: pick(['state', 'generation']), forMs }
    if (kind === 'stale-central') return { ...at, kind, machine, forMs: forMs + 2_000 }
    const program = `${machine}/${processes.length === 0 ? 'nobody' : pick(processes).name}`
    return { ...at, kind, program, lagMs: own.integer(2) * own.integer(LAG_MS_MAX), forMs: 0 }
  })
}

/** Lets it begin; the answer takes it back. Undefined when there is nobody to harm. */
export function beginNodeFault(cluster: Cluster, fault: NodeFault): (() => void) | undefined {
  switch (fault.kind) {
    case 'power-at':
      return armPower(cluster, fault)
    case 'rotten-restart': {
      const agent = cluster.program(`${fault.machine}/agent`)
      const { files } = cluster.machines.get(fault.machine) ?? {}
      const place = fault.file === 'state' ? '/state.' : '/generations/'
      if (agent === undefined || files?.rotNewest(path => path.includes(place)) === undefined)
        return undefined
      agent.kill('crash')
      return () => cluster.start(`${fault.machine}/agent`)
    }
    case 'cut-connection': {
      const [node = ''] = fault.program.split('/')
      const cut = cluster.machines.get(node)?.sockets.cut(fault.program, fault.lagMs) ?? 0
      return cut === 0 ? undefined : () => {}
    }
    case 'stale-central':
      return cluster.staleCentral.answers(fault.machine)
  }
}

/** Power is there again when the fault is over. */
function armPower(cluster: Cluster, { machine, step, after }: NodeFault & { kind: 'power-at' }) {
  const files = cluster.machines.get(machine)?.files
  if (files === undefined) return undefined
  let left = after
  let isLost = false
  files.onStep = done => {
    if (done !== step || left-- > 0) return
    files.onStep = () => {}
    isLost = true
    cluster.losePower(machine)
  }
  return () => {
    files.onStep = () => {}
    if (isLost) cluster.regainPower(machine)
  }
}
