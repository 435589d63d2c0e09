import type { Generation } from './revision.ts'

/**
 * What central wants of one agent for one group. Level-triggered: it is recomputed from state whenever either
 * side changes or a link comes up, so losing one is harmless. An agent refuses a desire whose (timeline,
 * epoch) is lower than the highest it ever accepted.
 */
export interface Desire {
  readonly group: string
  readonly timeline: number
  readonly epoch: number
  /** What the group committed; null while it never committed anything. */
  readonly committed: Generation | null
  /** The revision that is being rolled out to this node; null when none is, or not (yet) to this node. */
  readonly candidate: Candidate | null
  /** How long processes may take to apply what is committed; absent: as long as the agent thinks right. */
  readonly applyTimeoutMs?: number
  /** Rises when an admin retries: an agent then forgets a quarantine or a verdict on these revisions. */
  readonly retry: number
  /** True when the node no longer belongs to the group: its generations are deleted, its processes told. */
  readonly removed: boolean
}

export interface Candidate extends Generation {
  /** False: fetch, fsync and ask preparing processes. True: then also activate. */
  readonly activate: boolean
  /** How long processes may take for each phase before silence counts as rejection. */
  readonly prepareTimeoutMs: number
  readonly applyTimeoutMs: number
}
