import type { SharedLogKind } from '../world/simulated-shared-journal.ts'
import type { PresetName } from '../../runtime/gossip/core/presets.ts'

/** A group of a simulated cluster and how it decides. */
export interface GroupPlan {
  readonly name: string
  /** Paths of its ConfigSets, in order; groups may share them. */
  readonly sets: readonly string[]
  readonly policy: { readonly uses: 'strong' | 'eventual'; readonly with: Readonly<Record<string, unknown>> }
}

/** `process`: what it calls itself, when that is not its name: another copy of a program runs beside the first. */
export interface ProcessPlan {
  readonly name: string
  readonly group: string
  readonly process?: string
}

/** A node, the groups that it joins, and the processes that run there. */
export interface NodePlan {
  readonly name: string
  readonly groups: readonly string[]
  readonly processes: readonly ProcessPlan[]
}

/** What a cluster is made of before anything happens to it. */
export interface Topology {
  readonly groups: readonly GroupPlan[]
  readonly nodes: readonly NodePlan[]
  /** Centrals; left out, one. Several share one log. */
  readonly centrals?: number
  /** What they share; left out, a plain one. */
  readonly log?: SharedLogKind
  /** Central and agents are members of gossip; left out, links alone say who lives. */
  readonly gossip?: PresetName
  /** Records between two checkpoints of central; left out, as many as the product takes by itself. */
  readonly checkpointRecords?: number
  /** Webhooks that are told of alerts; left out: none. */
  readonly receivers?: number
}
