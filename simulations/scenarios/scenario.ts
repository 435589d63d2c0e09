import type { GroupPlan, NodePlan, Topology } from '../cluster/topology.ts'
import type { Fault, FaultDetail } from '../faults/fault.ts'
import type { RunPlan } from '../run/run-plan.ts'
import type { Deed, DeedDetail } from '../workload/deed.ts'

/** What happens in a scenario, in seconds after the cluster has begun. */
export type Event =
  | { readonly atS: number; readonly fault: FaultDetail }
  | { readonly atS: number; readonly by: string; readonly deed: DeedDetail }

/** A short story, written by hand, of what the product does when something happens. */
export interface Scenario {
  readonly name: string
  /** What it shows, in one line. */
  readonly shows: string
  /** What to look at, in a few sentences. */
  readonly about: string
  readonly topology: Topology
  readonly events: readonly Event[]
  /** So long it goes on before everything is good again. */
  readonly lastsS: number
}

/** A cluster that has only just begun declares nobody offline yet: scenarios begin when it has come to rest. */
const REST_MS = 30_000

/** The plan of a scenario: nothing in it is drawn, and nothing takes now more, now less time. */
export function planOf({ name, topology, events, lastsS }: Scenario): RunPlan {
  const faults: Fault[] = []
  const deeds: Deed[] = []
  for (const event of events) {
    const atMs = event.atS * 1_000
    if ('fault' in event) faults.push({ id: `f${faults.length + 1}`, atMs, ...event.fault })
    else deeds.push({ id: `d${deeds.length + 1}`, atMs, patience: 'asks-again', by: event.by, ...event.deed })
  }
  const stormMs = lastsS * 1_000
  const timing = { restMs: REST_MS, stormMs, isSteady: true }
  return { label: `scenario ${name}`, topology, faults, deeds, ...timing, lost: [], finale: 'settle' }
}

export function fault(atS: number, detail: FaultDetail): Event {
  return { atS, fault: detail }
}

export function deed(atS: number, by: string, detail: DeedDetail): Event {
  return { atS, by, deed: detail }
}

/** Sets all entries of `/web` to one number; `behave` is what processes make of it. */
export function change(atS: number, by: string, value: number, behave = 'accept', path = '/web'): Event {
  return { atS, by, deed: { kind: 'change', path, value, behave, sizeBytes: 0 } }
}

export const EVENTUAL: GroupPlan['policy'] = {
  uses: 'eventual',
  with: { prepareTimeout: '5s', applyTimeout: '10s', progressTimeout: '30s' },
}

export const STRONG: GroupPlan['policy'] = {
  uses: 'strong',
  with: { prepareTimeout: '5s', applyTimeout: '10s', stageTimeout: '20s', settleTimeout: '20s' },
}

/** One group `web` of nodes `n1` … with a process `app` on each; they gossip. */
export function webCluster(nodes: number, policy: GroupPlan['policy']): Topology {
  const plans = Array.from({ length: nodes }, (_, index): NodePlan => {
    return { name: `n${index + 1}`, groups: ['web'], processes: [{ name: 'app', group: 'web' }] }
  })
  return { groups: [{ name: 'web', sets: ['/web'], policy }], nodes: plans, gossip: 'lan' }
}
