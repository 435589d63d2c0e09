import type { Digest } from '../vocabulary/canonical/digest.ts'
import type { Counts, Standing } from '../vocabulary/counts.ts'
import type { ResolvedPolicy } from '../vocabulary/group-plan.ts'
import type { Revision } from '../vocabulary/revision.ts'

export interface RolloutContext {
  readonly group: string
  readonly revision: Revision
  readonly digest: Digest
  readonly kind: string
  readonly job: string
  /** Null for restored content, which is committed from the start: there is nothing to decide. */
  readonly policy: ResolvedPolicy | null
  readonly counts: Counts
  /** Intents of the policy so far: who should hold the candidate, who should run it. */
  readonly stage: boolean
  readonly activate: boolean
  readonly paused: boolean
  readonly committed: boolean
  readonly reason: string | null
  /** Who said no and why, the first few: what an admin asks first. */
  readonly refusals: readonly string[]
  readonly startedAtMs: number
}

export type RolloutEvent =
  | {
      readonly type: 'SUB_CHANGED'
      readonly node: string
      readonly before: Standing | null
      readonly after: Standing | null
    }
  | { readonly type: 'STAGE' }
  | { readonly type: 'ACTIVATE' }
  | { readonly type: 'COMMIT' }
  | { readonly type: 'ROLL_BACK'; readonly reason: string }
  | { readonly type: 'HOLD'; readonly reason: string }
  | { readonly type: 'CONTINUE' }
  | { readonly type: 'FINISH' }
  | { readonly type: 'UNDO'; readonly reason: string }
  | { readonly type: 'SUPERSEDED' }
