import type { ClaimAttempt, EpochTold } from '../world/shared-log-notes.ts'

/** Who thought to lead at one moment. */
export interface LeadingSample {
  readonly atMs: number
  readonly leaders: readonly {
    readonly name: string
    readonly epoch: number
    /** When the log last told it anything. */
    readonly heardAtMs: number
  }[]
}

/** What one central had folded at one moment. */
export interface ReplicaSample {
  readonly central: string
  readonly seq: number
  /** Digest of all that its state held. */
  readonly portrait: string
}

/** What several centrals on one log leave for those who judge. */
export interface SharedEvidence {
  /** Machines of the centrals. */
  readonly names: readonly string[]
  readonly claims: readonly ClaimAttempt[]
  readonly told: readonly EpochTold[]
  readonly leading: readonly LeadingSample[]
  readonly replicas: readonly ReplicaSample[]
}
