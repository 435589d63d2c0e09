import type { Standing } from '../vocabulary/counts.ts'
import type { Content, GroupPlan, Outcome } from '../vocabulary/group-plan.ts'
import type { Revision } from '../vocabulary/revision.ts'

/** How a revision came to be: a declared change, or an older content put back. */
export type RevisionKind = 'apply' | 'retry' | 'rollback' | 'restore'

export interface GroupRevision extends Content {
  readonly revision: Revision
  readonly kind: RevisionKind
  readonly job: string
  readonly atMs: number
  readonly outcome: Outcome
  /** The revision whose content it puts back. */
  readonly restores?: Revision
}

export interface GroupContext {
  readonly name: string
  readonly sets: readonly string[]
  /** Name of a declared or built-in policy. */
  readonly policy: string
  readonly labels: Readonly<Record<string, string>>
  /** Highest revision ever used, or seen at an agent: the next one is above it. */
  readonly lastRevision: Revision
  /** Counts `rollout retry`: agents then forget their quarantines. */
  readonly retry: number
  readonly committed: GroupRevision | null
  readonly previous: GroupRevision | null
  /** The revision being rolled out, until it commits or is undone. */
  readonly candidate: GroupRevision | null
  /** The revision whose rollout still counts who applied what is committed. */
  readonly tracked: Revision | null
  /** The one before `tracked`, to be told that its counting ended. */
  readonly superseded: Revision | null
  /** Newest first. */
  readonly revisions: readonly GroupRevision[]
  readonly nodes: number
  readonly offline: number
  /** The job whose rollout this is. */
  readonly holder: string | null
  /** What a rollback asked for while a rollout was under way. */
  readonly restoreTo: (Content & { readonly revision: Revision }) | null
  /** Jobs to be told when the restored content has settled. */
  readonly waiting: readonly {
    readonly job: string
    readonly outcome: Outcome
    readonly reason: string | null
  }[]
  /** The last content that a rollout tried, and at which record: later jobs that would try the same share its end. */
  readonly attempt: {
    readonly job: string
    readonly digest: string
    readonly seq: number
    readonly outcome: Outcome
  } | null
  readonly reason: string | null
}

export type GroupEvent =
  | {
      readonly type: 'RESPEC'
      readonly sets: readonly string[]
      readonly policy: string
      readonly labels: Readonly<Record<string, string>>
    }
  | { readonly type: 'ROLL'; readonly job: string; readonly kind: RevisionKind; readonly plan: GroupPlan }
  | {
      readonly type: 'ROLLBACK'
      readonly job: string
      /** Null: what was committed before. */
      readonly to: (Content & { readonly revision: Revision }) | null
      /** What the job hears when it is done. */
      readonly outcome: Outcome
    }
  | { readonly type: 'UNDO'; readonly reason: string }
  | { readonly type: 'RETRY' }
  | { readonly type: 'DELETE' }
  | { readonly type: 'ROLLOUT_COMMITTED'; readonly revision: Revision }
  | { readonly type: 'ROLLOUT_SETTLED'; readonly revision: Revision; readonly rejected: number }
  | { readonly type: 'ROLLOUT_TRACKED'; readonly revision: Revision; readonly rejected: number }
  | {
      readonly type: 'ROLLOUT_UNDONE'
      readonly revision: Revision
      /** Whether any node may have activated it. */
      readonly activated: boolean
      readonly committed: boolean
      readonly reason: string
    }
  | { readonly type: 'ROLLOUT_PAUSED'; readonly reason: string }
  | { readonly type: 'ROLLOUT_RESUMED' }
  | {
      readonly type: 'SUB_CHANGED'
      readonly node: string
      readonly before: Standing | null
      readonly after: Standing | null
    }
