import type { SeededRandom } from '../../runtime/ports/seeded-random.ts'
import { centralNames } from '../cluster/centrals.ts'
import type { Cluster } from '../cluster/cluster.ts'
import type { Topology } from '../cluster/topology.ts'
import { GOOD_LOG, type LogConditions } from '../world/log-service/log-conditions.ts'
import type { SimulatedLog } from '../world/log-service/simulated-log.ts'

/** What goes wrong inside the log service that several centrals share. Shares are of 1. */
export type LogFaultDetail =
  /**
   * The server that leads is lost. Nobody takes anything until another leads; what was proposed is kept or
   * dropped.
   */
  | { readonly kind: 'log-election'; readonly electionMs: number; readonly forMs: 0 }
  /**
   * The server that leads is cut off from the others, with the centrals that hang on it; it does not know
   * yet.
   */
  | {
      readonly kind: 'log-old-leader'
      readonly centrals: readonly string[]
      readonly electionMs: number
      readonly forMs: number
    }
  /** Replicas show what is committed so much later. */
  | { readonly kind: 'log-lag'; readonly lagMs: number; readonly forMs: number }
  | { readonly kind: 'log-answers-lost'; readonly share: number; readonly forMs: number }
  /** Requests arrive when whoever sent them has given up, or crashed. */
  | { readonly kind: 'log-late'; readonly share: number; readonly forMs: number }
  | { readonly kind: 'log-in-flight'; readonly share: number; readonly forMs: number }
  /** Deliveries to consumers come twice, or not. */
  | { readonly kind: 'log-redelivery'; readonly share: number; readonly forMs: number }
  /** Consumers fall silent. */
  | { readonly kind: 'log-stall'; readonly share: number; readonly forMs: number }
  | { readonly kind: 'log-words-lost'; readonly share: number; readonly forMs: number }
  /** Answers are lost, and message ids forgotten as soon as they are stored. */
  | { readonly kind: 'log-forgets'; readonly share: number; readonly forMs: number }
  | { readonly kind: 'log-slow'; readonly slowMs: number; readonly forMs: number }

/** Every kind, in the order in which a swarm draws whether it takes part. New ones go to the end. */
export const LOG_FAULT_KINDS = [
  'log-election',
  'log-old-leader',
  'log-lag',
  'log-answers-lost',
  'log-late',
  'log-in-flight',
  'log-redelivery',
  'log-stall',
  'log-words-lost',
  'log-forgets',
  'log-slow',
] as const satisfies readonly LogFaultDetail['kind'][]

type LogFaultKind = (typeof LOG_FAULT_KINDS)[number]

export type LogFault = { readonly id: string; readonly atMs: number } & LogFaultDetail

/** The faults of the log service in one run; each from a stream of its own, as the others. */
export function drawLogFaults(
  random: SeededRandom,
  topology: Topology,
  plan: { readonly kinds: readonly LogFaultKind[]; readonly count: number; readonly withinMs: number },
): readonly LogFault[] {
  const { kinds, count, withinMs } = plan
  const { centrals = 1, log } = topology
  if (kinds.length === 0 || centrals === 1 || log !== 'stream') return []
  return Array.from({ length: count }, (_, index): LogFault => {
    const own = random.fork(`log fault ${index}`)
    const pick = <T>(list: readonly T[]): T => list[own.integer(list.length)] as T
    const kind = pick(kinds)
    const at = { id: `l${index + 1}`, atMs: own.integer(withinMs) }
    const forMs = 500 + Math.floor(-Math.log(1 - own.fraction()) * 6_000)
    const electionMs = 200 + own.integer(5_000)
    const share = Math.round(5 + own.fraction() * 45) / 100
    switch (kind) {
      case 'log-election':
        return { ...at, kind, electionMs, forMs: 0 }
      case 'log-old-leader':
        return { ...at, kind, centrals: [pick(centralNames(centrals))], electionMs, forMs }
      case 'log-lag':
        return { ...at, kind, lagMs: Math.floor(share * 6_000), forMs }
      case 'log-slow':
        return { ...at, kind, slowMs: Math.floor(share * 1_000), forMs }
      default:
        return { ...at, kind, share, forMs }
    }
  })
}

export function isLogFault(fault: { readonly kind: string }): fault is LogFault {
  return LOG_FAULT_KINDS.some(kind => kind === fault.kind)
}

/** Lets it begin; the answer takes it back. Undefined when there is nothing to harm. */
export function beginLogFault(cluster: Cluster, fault: LogFault): (() => void) | undefined {
  const service = cluster.central.sharedLog?.service
  return service && strike(service, fault)
}

function strike(service: SimulatedLog, fault: LogFault): () => void {
  switch (fault.kind) {
    case 'log-election':
      service.changeLeader(fault.electionMs)
      return () => {}
    case 'log-old-leader':
      service.isolateLeader(fault.centrals, fault.electionMs)
      return () => service.healSides()
    case 'log-lag':
      return worsen(service, { lagMs: fault.lagMs })
    case 'log-answers-lost':
      return worsen(service, { answersLost: fault.share })
    case 'log-late':
      return worsen(service, { requestsLate: fault.share })
    case 'log-in-flight':
      return worsen(service, { inFlight: fault.share })
    case 'log-redelivery':
      return worsen(service, { doubled: fault.share, skipped: fault.share / 4 })
    case 'log-stall':
      return worsen(service, { stalls: fault.share })
    case 'log-words-lost':
      return worsen(service, { wordsLost: fault.share })
    case 'log-forgets':
      return worsen(service, { dedupeMs: 0, answersLost: fault.share })
    case 'log-slow':
      return worsen(service, { slowMs: fault.slowMs })
  }
}

function worsen({ conditions }: SimulatedLog, worse: Partial<LogConditions>): () => void {
  Object.assign(conditions, worse)
  return () => {
    for (const name of Object.keys(worse) as (keyof LogConditions)[]) conditions[name] = GOOD_LOG[name]
  }
}
