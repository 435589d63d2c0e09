import type { Digest } from './canonical/digest.ts'
import type { Revision } from './revision.ts'

/**
 * What an agent says of one group it serves: its whole state, latest wins. Sent at link-up and at every
 * change with a per-agent sequence, resent until central answers that it is recorded, and deduplicated in the
 * fold.
 */
export interface GroupReport {
  readonly group: string
  /** The revision that processes are served now, null before the first. */
  readonly active: Revision | null
  readonly digest: Digest | null
  /** Rises by one at every activation on this node, also at a local fallback: order on a node is by it. */
  readonly activation: number
  /** How far the newest wanted revision has come on this node. */
  readonly progress: Progress | null
  /** Set when the node went back to an older generation by itself. */
  readonly fallback: { readonly from: Revision; readonly reason: string } | null
  /** Registered processes of the group. */
  readonly processes: number
}

/**
 * `staged`: the generation is fsynced and every preparing process said ok. `activated`: processes were told
 * and owe an acknowledgement. `applied`: every pinned registration acknowledged, or none existed. `rejected`:
 * with its reason.
 */
export type ProgressPhase = 'staging' | 'staged' | 'activated' | 'applied' | 'rejected'

export interface Progress {
  readonly revision: Revision
  readonly phase: ProgressPhase
  readonly reason?: string
}

/** One message of facts from an agent: `seq` rises over the life of the agent's key, across restarts. */
export interface NodeReport {
  readonly seq: number
  readonly groups: readonly GroupReport[]
}
