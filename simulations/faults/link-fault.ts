import type { SeededRandom } from '../../runtime/ports/seeded-random.ts'
import type { Cluster } from '../cluster/cluster.ts'
import type { Topology } from '../cluster/topology.ts'
import { kindOf } from '../checkers/read-cbor.ts'
import type { WireMessage } from '../world/world.ts'

/** What goes wrong on links between agents and central, at the message where it hurts. */
export type LinkFaultDetail = {
  /** The connection is lost at a message of that name: on its way, or when its receiver has it and cannot answer. */
  readonly kind: 'cut-link'
  readonly machine: string
  readonly at: (typeof CUT_AT)[number]
  readonly when: 'sent' | 'got'
  /** So many of these pass before. */
  readonly after: number
  /** How long it waits for its message. */
  readonly forMs: number
}

type LinkFaultKind = LinkFaultDetail['kind']

/** Every kind, in the order in which a swarm draws whether it takes part. New ones go to the end. */
export const LINK_FAULT_KINDS = ['cut-link'] as const satisfies readonly LinkFaultKind[]

export const CUT_AT = [
  'redeem',
  'redeemed',
  'hello',
  'welcome',
  'desire',
  'report',
  'recorded',
  'fetch',
  'chunk',
] as const
/** Messages that pass before the one at which a link is cut, at most. */
const AFTER_MAX = 6
const WAIT_MEAN_MS = 15_000

export type LinkFault = { readonly id: string; readonly atMs: number } & LinkFaultDetail

export interface LinkFaultPlan {
  readonly count: number
  readonly withinMs: number
}

/** The link faults of one run; each from a stream of its own, as the others. */
export function drawLinkFaults(
  random: SeededRandom,
  { nodes }: Topology,
  { count, withinMs }: LinkFaultPlan,
): readonly LinkFault[] {
  return Array.from({ length: count }, (_, index): LinkFault => {
    const own = random.fork(`link fault ${index}`)
    const pick = <T>(list: readonly T[]): T => list[own.integer(list.length)] as T
    const atMs = own.integer(withinMs)
    const machine = pick(nodes).name
    const at = pick(CUT_AT)
    const when = pick(['sent', 'got'] as const)
    // A first message that is lost is one that many others follow: the rare ones are cut at once.
    const after = own.integer(2) === 0 ? 0 : own.integer(AFTER_MAX)
    const forMs = 1_000 + Math.floor(-Math.log(1 - own.fraction()) * WAIT_MEAN_MS)
    return { id: `l${index + 1}`, atMs, kind: 'cut-link', machine, at, when, after, forMs }
  })
}

/** Waits for its message, and tells when it strikes; the answer ends the waiting. */
export function beginLinkFault({ world }: Cluster, fault: LinkFault, onStrike: () => void): () => void {
  let left = fault.after
  const cut = ({ from, to, isSent, bytes }: WireMessage): boolean => {
    if (isSent !== (fault.when === 'sent') || kindOf(bytes) !== fault.at) return false
    if (from.machine.name !== fault.machine && to.machine.name !== fault.machine) return false
    if (left-- > 0) return false
    world.cuts.delete(cut)
    onStrike()
    return true
  }
  world.cuts.add(cut)
  return () => void world.cuts.delete(cut)
}
