import type { Digest } from '../vocabulary/canonical/digest.ts'
import type { CborValue } from '../vocabulary/canonical/cbor-value.ts'
import type { GroupPlan, Outcome } from '../vocabulary/group-plan.ts'
import type { Revision } from '../vocabulary/revision.ts'

export type JobKind = 'apply' | 'rollback' | 'retry' | 'delete-group'

/** What a compiler made of a job: one rollout per group. */
export interface JobPlan {
  readonly digest: Digest
  /** Names the blob that holds the whole plan. */
  readonly blob: Digest
  readonly groups: readonly GroupPlan[]
}

export interface JobOutcome {
  readonly group: string
  readonly revision: Revision | null
  readonly outcome: Outcome
  readonly reason: string | null
}

export interface JobContext {
  readonly id: string
  readonly kind: JobKind
  readonly by: string
  readonly trace: string | null
  /** Paths that it declared, or that it brings to their heads: only their pins advance. */
  readonly touched: readonly string[]
  /** Groups that it made, or whose list of sets it changed. */
  readonly relayered: readonly string[]
  /** Every group that it concerns, by name. */
  readonly groups: readonly string[]
  /** Refuse to go on with a plan of another digest. */
  readonly planDigest: Digest | null
  readonly onFailure: 'keep' | 'rollback-all'
  /** Resources to lock, in the order of their names. */
  readonly locks: readonly string[]
  readonly held: number
  readonly plan: JobPlan | null
  /** Record at which the plan was compiled: it holds for a start in that same record only. */
  readonly planSeq: number
  readonly outcomes: readonly JobOutcome[]
  readonly staleCount: number
  readonly supersededBy: string | null
  readonly reason: string | null
  readonly error: { readonly code: string; readonly message: string } | null
  readonly createdAtMs: number
  readonly createdSeq: number
  readonly finishedAtMs: number | null
}

export type JobEvent =
  | { readonly type: 'ADMITTED' }
  | { readonly type: 'FROZEN' }
  | { readonly type: 'LOCK_GRANTED'; readonly resource: string; readonly token: number }
  | {
      readonly type: 'COMPILED'
      readonly plan: JobPlan
      /** Jobs whose attempt at this very content this one shares, group by group. */
      readonly shared: readonly (JobOutcome & { readonly job: string })[]
    }
  | { readonly type: 'COMPILE_FAILED'; readonly code: string; readonly message: string }
  | { readonly type: 'GROUP_STARTED'; readonly group: string; readonly revision: Revision }
  | { readonly type: 'GROUP_STALE'; readonly group: string }
  | { readonly type: 'GROUP_PAUSED'; readonly group: string; readonly reason: string }
  | { readonly type: 'GROUP_RESUMED'; readonly group: string }
  | ({ readonly type: 'GROUP_ENDED' } & JobOutcome)
  | { readonly type: 'CANCEL'; readonly mode: 'stop-after-current' | 'abort-and-observe' }

/** The input that a job is born with. */
export interface JobInput {
  readonly id: string
  readonly kind: JobKind
  readonly by: string
  readonly trace: string | null
  readonly touched: readonly string[]
  readonly relayered: readonly string[]
  readonly groups: readonly string[]
  readonly planDigest: Digest | null
  readonly onFailure: 'keep' | 'rollback-all'
  readonly locks: readonly string[]
  /** Compiled against the very state that the job is accepted in; null when the compiler could not yet. */
  readonly plan: JobPlan | null
  /** For a rollback: what to put back; null undoes what is under way. */
  readonly restore?: CborValue
}
