import type { SeededRandom } from '../../runtime/ports/seeded-random.ts'
import type { Cluster } from '../cluster/cluster.ts'
import { adminCaller } from '../cluster/simulated-central.ts'
import type { Topology } from '../cluster/topology.ts'
import { type DatagramConditions, GOOD_DATAGRAMS } from '../world/datagrams.ts'

/** What goes wrong for gossip alone, or is no fault and must hurt nobody. Links and streams are as they were. */
export type GossipFaultDetail =
  | {
      readonly kind: 'datagram-loss'
      readonly machine: string
      readonly share: number
      readonly forMs: number
    }
  /** Each datagram may come twice, and late enough to be overtaken. */
  | {
      readonly kind: 'datagram-late'
      readonly machine: string
      readonly spreadMs: number
      readonly forMs: number
    }
  /** Nothing of one machine reaches the other; the way back is open. */
  | {
      readonly kind: 'datagram-cut'
      readonly machine: string
      readonly to: string
      readonly forMs: number
    }
  /** A member's program stands still, as in a long garbage collection. */
  | { readonly kind: 'stall'; readonly program: string; readonly forMs: number }
  /** An admin changes the key of the group. */
  | { readonly kind: 'rotate-key'; readonly forMs: 0 }
  /** Somebody records all datagrams of a machine and sends each again, under its address. Must hurt nobody. */
  | { readonly kind: 'replay'; readonly machine: string; readonly echoMs: number; readonly forMs: number }
  /** Datagrams of a machine come once more with a bit changed. Must hurt nobody. */
  | { readonly kind: 'garble'; readonly machine: string; readonly share: number; readonly forMs: number }
  /** A member of the group says of others what only they can say of themselves. Must hurt nobody. */
  | { readonly kind: 'forge'; readonly machine: string; readonly forMs: number }

type GossipFaultKind = GossipFaultDetail['kind']

/** Every kind, in the order in which a swarm draws whether it takes part. New ones go to the end. */
export const GOSSIP_FAULT_KINDS = [
  'datagram-loss',
  'datagram-late',
  'datagram-cut',
  'stall',
  'rotate-key',
  'replay',
  'garble',
  'forge',
] as const satisfies readonly GossipFaultKind[]

export type GossipFault = { readonly id: string; readonly atMs: number } & GossipFaultDetail

export interface GossipPlan {
  readonly kinds: readonly GossipFaultKind[]
  readonly count: number
  readonly withinMs: number
}

/** The gossip faults of one run; each from a stream of its own, as the others. */
export function drawGossipFaults(
  random: SeededRandom,
  topology: Topology,
  { kinds, count, withinMs }: GossipPlan,
): readonly GossipFault[] {
  if (kinds.length === 0 || topology.gossip === undefined) return []
  const machines = ['central', ...topology.nodes.map(({ name }) => name)]
  return Array.from({ length: count }, (_, index): GossipFault => {
    const own = random.fork(`gossip fault ${index}`)
    const pick = <T>(list: readonly T[]): T => list[own.integer(list.length)] as T
    const kind = pick(kinds)
    const machine = pick(machines)
    const [to, atMs] = [pick(machines), own.integer(withinMs)]
    const forMs = 500 + Math.floor(-Math.log(1 - own.fraction()) * 6_000)
    const share = Math.round(own.fraction() * 80) / 100
    const at = { id: `g${index + 1}`, atMs }
    if (kind === 'rotate-key') return { ...at, kind, forMs: 0 }
    if (kind === 'stall') return { ...at, kind, program: programOf(machine), forMs }
    if (kind === 'datagram-loss') return { ...at, kind, machine, share, forMs }
    if (kind === 'datagram-late') return { ...at, kind, machine, spreadMs: 1 + own.integer(2_000), forMs }
    if (kind === 'replay') return { ...at, kind, machine, echoMs: 1 + own.integer(ECHO_MS_MAX), forMs }
    if (kind === 'garble') return { ...at, kind, machine, share, forMs }
    if (kind === 'forge') return { ...at, kind, machine, forMs }
    return { ...at, kind, machine, to, forMs }
  })
}

const ECHO_MS_MAX = 40_000

function programOf(machine: string): string {
  return machine === 'central' ? machine : `${machine}/agent`
}

/** Lets it begin; the answer takes it back. Undefined when there is nobody to harm. */
export function beginGossipFault(cluster: Cluster, fault: GossipFault): (() => void) | undefined {
  switch (fault.kind) {
    case 'datagram-loss':
      return worsen(cluster, fault.machine, { ...GOOD_DATAGRAMS, loss: fault.share })
    case 'datagram-late':
      return worsen(cluster, fault.machine, { loss: 0, copies: 0.5, spreadMs: fault.spreadMs })
    case 'datagram-cut': {
      const { datagrams } = cluster.network
      datagrams.setConditions(fault.machine, fault.to, { ...GOOD_DATAGRAMS, loss: 1 })
      return () => datagrams.setConditions(fault.machine, fault.to, GOOD_DATAGRAMS)
    }
    case 'stall': {
      const program = cluster.program(fault.program)
      program?.pause()
      return program && (() => program.resume())
    }
    case 'replay':
      return worsen(cluster, fault.machine, { ...GOOD_DATAGRAMS, echoMs: fault.echoMs })
    case 'garble':
      return worsen(cluster, fault.machine, { ...GOOD_DATAGRAMS, garbled: fault.share })
    case 'forge': {
      const { gossip, world } = cluster
      gossip.forgers.set(fault.machine, world.random(`forger ${fault.id}`))
      return () => gossip.forgers.delete(fault.machine)
    }
    case 'rotate-key':
      rotateKey(cluster)
      return () => {}
  }
}

function worsen({ network, machines }: Cluster, machine: string, conditions: DatagramConditions): () => void {
  const set = (next: DatagramConditions): void => {
    for (const other of machines.keys()) {
      network.datagrams.setConditions(machine, other, next)
      network.datagrams.setConditions(other, machine, next)
    }
  }
  set(conditions)
  return () => set(GOOD_DATAGRAMS)
}

/** One rotation at a time: another is refused, and so is any while no central leads. */
function rotateKey({ admin, central, world }: Cluster): void {
  central
    .request(admin, control => control.rotateGossipKey(adminCaller('rotation')))
    .then(
      () => world.tell('admin', 'began to rotate the gossip key'),
      (error: unknown) => world.tell('admin', `could not rotate the gossip key: ${String(error)}`),
    )
}
