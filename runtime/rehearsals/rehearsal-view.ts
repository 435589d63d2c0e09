import type { RehearsalLimits } from './rehearsal-limits.ts'
import type { RehearsalEnd } from './rehearsal-outcome.ts'
import type { RehearsalReport } from './rehearsal-report.ts'
import type { FaultProfile } from './rehearsal-spec.ts'

export type RehearsalState = 'running' | 'done' | 'cancelled' | 'failed'

/** What a caller wants played; what is left out has a default. */
export interface RehearsalRequest {
  /** How many seeds, from `seed` on. */
  readonly seeds?: number
  readonly seed?: number
  readonly faults?: FaultProfile
  readonly rejectShare?: number
  readonly slowP99Ms?: number
  readonly limits?: RehearsalLimits
}

/** One rehearsal as a central knows it. */
export interface RehearsalView {
  readonly id: string
  readonly state: RehearsalState
  readonly by: string
  readonly createdAt: string
  readonly finishedAt?: string
  /** Seeds that are wanted, and how many were played. */
  readonly wanted: number
  readonly runs: number
  readonly ends: Readonly<Record<RehearsalEnd, number>>
  /** What of the cluster is not as the rehearsal assumes it. */
  readonly notes: readonly string[]
  /** As soon as it has ended, cancelled ones too: of the seeds that were played. */
  readonly report?: RehearsalReport
  readonly error?: { readonly code: string; readonly message: string }
}
