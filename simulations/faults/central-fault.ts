import type { SeededRandom } from '../../runtime/ports/seeded-random.ts'
import { centralNames } from '../cluster/centrals.ts'
import type { Cluster } from '../cluster/cluster.ts'
import { USUAL_APPEND_MS } from '../world/simulated-journal.ts'
import type { Topology } from '../cluster/topology.ts'

/** What goes wrong for centrals that share a log: for the one that leads when it strikes, or for one by name. */
export type CentralFaultDetail =
  | { readonly kind: 'leader-crash'; readonly forMs: number }
  /** It stands still, others claim, and it wakes. */
  | { readonly kind: 'leader-pause'; readonly forMs: number }
  /** It cannot reach the log, or not be reached by it, and agents hang on it as before. */
  | { readonly kind: 'leader-off-log'; readonly stops: 'both' | 'in' | 'out'; readonly forMs: number }
  /** It leads, and nobody but the log hears it. */
  | { readonly kind: 'leader-alone'; readonly forMs: number }
  /** Nobody leads and the log is slow: those who claim meet there. */
  | { readonly kind: 'claim-race'; readonly appendMs: number; readonly forMs: number }
  | { readonly kind: 'central-pause'; readonly central: string; readonly forMs: number }
  | {
      readonly kind: 'central-off-log'
      readonly central: string
      readonly stops: 'both' | 'in' | 'out'
      readonly forMs: number
    }
  | {
      readonly kind: 'central-drift'
      readonly central: string
      readonly rate: number
      readonly forMs: number
    }
  | { readonly kind: 'central-wall-jump'; readonly central: string; readonly ms: number; readonly forMs: 0 }

/** Every kind, in the order in which a swarm draws whether it takes part. New ones go to the end. */
export const CENTRAL_FAULT_KINDS = [
  'leader-crash',
  'leader-pause',
  'leader-off-log',
  'leader-alone',
  'claim-race',
  'central-pause',
  'central-off-log',
  'central-drift',
  'central-wall-jump',
] as const satisfies readonly CentralFaultDetail['kind'][]

type CentralFaultKind = (typeof CENTRAL_FAULT_KINDS)[number]

export type CentralFault = { readonly id: string; readonly atMs: number } & CentralFaultDetail

/** The faults of centrals in one run; each from a stream of its own, as the others. */
export function drawCentralFaults(
  random: SeededRandom,
  topology: Topology,
  plan: { readonly kinds: readonly CentralFaultKind[]; readonly count: number; readonly withinMs: number },
): readonly CentralFault[] {
  const { kinds, count, withinMs } = plan
  const { centrals = 1 } = topology
  if (kinds.length === 0 || centrals === 1) return []
  return Array.from({ length: count }, (_, index): CentralFault => {
    const own = random.fork(`central fault ${index}`)
    const pick = <T>(list: readonly T[]): T => list[own.integer(list.length)] as T
    const kind = pick(kinds)
    const at = { id: `c${index + 1}`, atMs: own.integer(withinMs) }
    const central = pick(centralNames(centrals))
    const stops = pick(['both', 'in', 'out'] as const)
    const forMs = 500 + Math.floor(-Math.log(1 - own.fraction()) * 9_000)
    const share = own.fraction()
    switch (kind) {
      case 'leader-off-log':
        return { ...at, kind, stops, forMs }
      case 'claim-race':
        return { ...at, kind, appendMs: 200 + Math.floor(share * 3_000), forMs: forMs + 8_000 }
      case 'central-pause':
        return { ...at, kind, central, forMs }
      case 'central-off-log':
        return { ...at, kind, central, stops, forMs }
      case 'central-drift':
        return { ...at, kind, central, rate: Math.round(80 + share * 40) / 100, forMs: forMs * 3 }
      case 'central-wall-jump':
        return { ...at, kind, central, ms: Math.floor((share - 0.5) * 7_200_000), forMs: 0 }
      default:
        return { ...at, kind, forMs }
    }
  })
}

export function isCentralFault(fault: { readonly kind: string }): fault is CentralFault {
  return CENTRAL_FAULT_KINDS.some(kind => kind === fault.kind)
}

/** Lets it begin; the answer takes it back. Undefined when there is nobody to harm. */
export function beginCentralFault(cluster: Cluster, fault: CentralFault): (() => void) | undefined {
  const leader = cluster.central.leading?.machine.name
  switch (fault.kind) {
    case 'leader-crash':
      return crash(cluster, leader)
    case 'leader-pause':
      return pause(cluster, leader)
    case 'central-pause':
      return pause(cluster, fault.central)
    case 'leader-off-log':
      return cut(cluster, leader, fault.stops, name => name === 'log')
    case 'central-off-log':
      return cut(cluster, fault.central, fault.stops, name => name === 'log')
    case 'leader-alone':
      return cut(cluster, leader, 'both', name => name !== 'log')
    case 'claim-race': {
      const { conditions } = cluster.central.store
      const start = crash(cluster, leader)
      if (start === undefined) return undefined
      conditions.appendMs = fault.appendMs
      return () => {
        conditions.appendMs = USUAL_APPEND_MS
        start()
      }
    }
    case 'central-drift': {
      const machine = cluster.machines.get(fault.central)
      machine?.drift(fault.rate)
      return machine && (() => machine.drift(1))
    }
    case 'central-wall-jump':
      cluster.machines.get(fault.central)?.jumpWallBy(fault.ms)
      return () => {}
  }
}

function crash(cluster: Cluster, name: string | undefined): (() => void) | undefined {
  const program = name === undefined ? undefined : cluster.program(name)
  program?.kill('crash')
  return program && (() => cluster.start(program.name))
}

function pause(cluster: Cluster, name: string | undefined): (() => void) | undefined {
  const program = name === undefined ? undefined : cluster.program(name)
  program?.pause()
  return program && (() => program.resume())
}

function cut(
  { network, machines }: Cluster,
  name: string | undefined,
  stops: 'both' | 'in' | 'out',
  isFar: (name: string) => boolean,
): (() => void) | undefined {
  if (name === undefined) return undefined
  const others = [...machines.keys()].filter(other => other !== name && isFar(other))
  const paths = others.flatMap((other): [string, string][] => [
    ...(stops === 'out' ? [] : [[other, name] as [string, string]]),
    ...(stops === 'in' ? [] : [[name, other] as [string, string]]),
  ])
  for (const [from, to] of paths) network.block(from, to)
  return () => {
    for (const [from, to] of paths) network.unblock(from, to)
  }
}
