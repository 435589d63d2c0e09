import type { SeededRandom } from '../../runtime/ports/seeded-random.ts'
import type { Topology } from '../cluster/topology.ts'
import type { Cluster } from '../cluster/cluster.ts'
import type { ReceiverMood } from '../cluster/simulated-receiver.ts'

/** What goes wrong for steps and deadlines. */
export type EffectFaultDetail =
  /** Who is told of alerts behaves otherwise, or is slow. */
  | {
      readonly kind: 'receiver'
      readonly mood: ReceiverMood
      readonly slowMs: number
      readonly forMs: number
    }
  /** The next so many steps fail, before they do anything or after they did it. */
  | {
      readonly kind: 'failing-step'
      readonly point: 'engine.before-effect' | 'engine.after-effect'
      readonly times: number
      readonly forMs: number
    }
  /** A node is away for longer than policies wait. */
  | { readonly kind: 'absence'; readonly machine: string; readonly forMs: number }
  /** The journal is full at the very moment at which the next deadline is due. */
  | { readonly kind: 'full-at-deadline'; readonly forMs: number }
  /** Central ends while something waits for its time, just before it, and comes back soon. */
  | { readonly kind: 'crash-at-deadline'; readonly forMs: number }

type EffectFaultKind = EffectFaultDetail['kind']

/** Every kind, in the order in which a swarm draws whether it takes part. New ones go to the end. */
export const EFFECT_FAULT_KINDS = [
  'receiver',
  'failing-step',
  'absence',
  'full-at-deadline',
  'crash-at-deadline',
] as const satisfies readonly EffectFaultKind[]

export type EffectFault = { readonly id: string; readonly atMs: number } & EffectFaultDetail

export interface EffectPlan {
  readonly kinds: readonly EffectFaultKind[]
  readonly count: number
  readonly withinMs: number
}

const MOODS: readonly ReceiverMood[] = ['takes', 'refuses', 'swallows', 'away']
/** More than an effect is tried, now and then. */
const FAILURES_MAX = 16
/** How long before its time a deadline finds the journal full, or central gone. */
const BEFORE_DEADLINE_MS = 40

/** The faults of steps of one run; each from a stream of its own, as the others. */
export function drawEffectFaults(
  random: SeededRandom,
  { nodes }: Topology,
  { kinds, count, withinMs }: EffectPlan,
): readonly EffectFault[] {
  const faults = kinds.length === 0 ? [] : drawEach(random, nodes, { kinds, count, withinMs })
  if (!kinds.includes('receiver')) return faults
  // Deliveries are rare: where each of them goes its own way, a storm sees how all of them end.
  const fickle = { id: 'e0', atMs: 0, kind: 'receiver', mood: 'fickle', slowMs: 0, forMs: withinMs } as const
  return [fickle, ...faults]
}

function drawEach(
  random: SeededRandom,
  nodes: Topology['nodes'],
  { kinds, count, withinMs }: EffectPlan,
): readonly EffectFault[] {
  return Array.from({ length: count }, (_, index): EffectFault => {
    const own = random.fork(`effect fault ${index}`)
    const kind = kinds[own.integer(kinds.length)]
    const at = { id: `e${index + 1}`, atMs: own.integer(withinMs) }
    const forMs = 1_000 + Math.floor(-Math.log(1 - own.fraction()) * 8_000)
    if (kind === 'receiver') {
      const mood = MOODS[own.integer(MOODS.length)] ?? 'away'
      return { ...at, kind, mood, slowMs: own.integer(15_000), forMs }
    }
    if (kind === 'absence') {
      const machine = nodes[own.integer(nodes.length)]?.name ?? ''
      return { ...at, kind, machine, forMs: 5_000 + forMs * 2 }
    }
    if (kind === 'full-at-deadline') return { ...at, kind, forMs: 100 + own.integer(2_000) }
    if (kind === 'crash-at-deadline') return { ...at, kind, forMs: 100 + own.integer(3_000) }
    const point = own.fraction() < 0.5 ? 'engine.before-effect' : 'engine.after-effect'
    return { ...at, kind: 'failing-step', point, times: 1 + own.integer(FAILURES_MAX), forMs: forMs * 3 }
  })
}

/**
 * Lets it begin; the answer takes it back. Undefined when there is nobody to harm. `harm` lets one begin later, unless
 * all is healed by then.
 */
export function beginEffectFault(
  cluster: Cluster,
  fault: EffectFault,
  harm: (afterMs: number, begin: () => () => void) => void,
): (() => void) | undefined {
  const { central, receiver, machines } = cluster
  switch (fault.kind) {
    case 'failing-step':
      central.failing.set(fault.point, fault.times)
      return () => central.failing.delete(fault.point)
    case 'receiver':
      if (receiver === undefined) return undefined
      receiver.mood = fault.mood
      receiver.slowMs = fault.mood === 'takes' ? fault.slowMs : 0
      return () => Object.assign(receiver, { mood: 'takes', slowMs: 0 })
    case 'absence':
      if (machines.get(fault.machine)?.isUp !== true) return undefined
      cluster.losePower(fault.machine)
      return () => cluster.regainPower(fault.machine)
    case 'full-at-deadline':
    case 'crash-at-deadline': {
      // What waits is followed where there is one central.
      const program = central.all.length > 1 ? undefined : central.all[0]?.program
      const dueMs = program && central.log.nextDueInMs(program)
      if (dueMs === undefined) return undefined
      const begin = fault.kind === 'full-at-deadline' ? fillJournal : crashCentral
      harm(Math.max(0, dueMs - BEFORE_DEADLINE_MS), () => begin(cluster))
      return undefined
    }
  }
}

function fillJournal({ central }: Cluster): () => void {
  central.store.conditions.isFull = true
  return () => (central.store.conditions.isFull = false)
}

function crashCentral({ central }: Cluster): () => void {
  central.leading?.program?.kill('crash')
  return () => central.start()
}
