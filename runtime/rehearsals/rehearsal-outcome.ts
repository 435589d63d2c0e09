/** How a rehearsed change ended. `failed`: it was refused, or had not ended when its time was over. */
export const REHEARSAL_ENDS = ['committed', 'paused', 'rolled-back', 'failed'] as const
export type RehearsalEnd = (typeof REHEARSAL_ENDS)[number]

/** Lines that the story of one run keeps: its beginning, and its end. */
export const STORY_LINES_KEPT_MAX = 200

/** How many nodes of a group rejected a change: each of them runs what it ran before. */
export interface Rejection {
  readonly group: string
  readonly nodes: number
  /** Nodes of the group. */
  readonly of: number
}

/** What one seed came to. The same specification and seed give the same outcome, to the letter. */
export interface RehearsalOutcome {
  readonly seed: number
  readonly end: RehearsalEnd
  /** Why it did not commit, as the policy says it; null when it did. */
  readonly reason: string | null
  /** Whom it waited for or who refused, for people; null when nobody stood out. */
  readonly because: string | null
  /** From the change until every group of it had committed; null when that never was. */
  readonly commitMs: number | null
  /** From the change until it ended, either way. */
  readonly endMs: number
  /** Largest share of a group's nodes that ran the candidate before it was rolled back; 0 when it was not. */
  readonly blastRadius: number
  /** The group most of whose nodes rejected the change, also when it committed; null when no node did. */
  readonly rejected: Rejection | null
  /** Things that went wrong in this run. */
  readonly faults: number
  readonly story: readonly string[]
}

/** The share of its group's nodes that rejected, 0 to 1. */
export function shareRejected({ rejected }: Pick<RehearsalOutcome, 'rejected'>): number {
  return rejected === null ? 0 : rejected.nodes / Math.max(1, rejected.of)
}
