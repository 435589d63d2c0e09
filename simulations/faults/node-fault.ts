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
  /** The agent is killed soon after its next activation is durable, while processes still make up their minds. */
  | {
      readonly kind: 'killed-midway'
      readonly machine: string
      readonly afterMs: number
      /** How long it waits for an activation, and how long the agent stays away then. */
      readonly waitMs: number
      readonly forMs: number
    }
  /** The same, and what it wrote last turns out to be bad: that it activated anything is forgotten. */
  | {
      readonly kind: 'rotten-midway'
      readonly machine: string
      readonly afterMs: number
      readonly waitMs: number
      readonly forMs: number
    }

/** Kinds that wait for their moment: they come with others only (`coincidence.ts`). */
export const MIDWAY_FAULT_KINDS = ['killed-midway', 'rotten-midway'] as const
type MidwayKind = (typeof MIDWAY_FAULT_KINDS)[number]
type NodeFaultKind = Exclude<NodeFaultDetail['kind'], MidwayKind>

/** Every kind that comes at any time, in the order in which a swarm draws whether it takes part. New: at the end. */
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
export function beginNodeFault(
  cluster: Cluster,
  fault: Extract<NodeFault, { readonly kind: NodeFaultKind }>,
): (() => void) | undefined {
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

/** Waits for an activation, and tells when it strikes; the answer ends the waiting. */
export function beginMidway(
  cluster: Cluster,
  fault: Extract<NodeFault, { readonly kind: MidwayKind }>,
  onStrike: () => void,
): () => void {
  const { world } = cluster
  const name = `${fault.machine}/agent`
  let isArmed = true
  const strike = (): void => {
    const agent = cluster.program(name)
    if (agent === undefined) return
    const { files } = agent.machine
    if (fault.kind === 'rotten-midway') files.rotNewest(path => path.includes('/state.'))
    onStrike()
    agent.kill('crash')
    world.after(fault.forMs, () => cluster.start(name))
  }
  const { onInfo } = world
  world.onInfo = (program, fields) => {
    onInfo(program, fields)
    if (!isArmed || program.name !== name || !('cause' in fields) || fields.cause !== 'activate') return
    isArmed = false
    world.after(fault.afterMs, strike)
  }
  const disarm = (): void => void (isArmed = false)
  world.after(fault.waitMs, disarm)
  return disarm
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
