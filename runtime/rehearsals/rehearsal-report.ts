import type { LimitCheck } from './rehearsal-limits.ts'
import type { RehearsedScene } from './scene-of.ts'
import type { RehearsalEnd, RehearsalOutcome, Rejection } from './rehearsal-outcome.ts'

/** Rises when a field changes its meaning or goes; new fields may come without it. */
export const REHEARSAL_REPORT_SCHEMA = 1

/** What a rehearsal is told apart by: the same identity gives the same report. */
export interface RehearsalIdentity {
  readonly version: string
  /** The first and the last seed. */
  readonly seeds: readonly [number, number]
  readonly nodes: number
  readonly groups: number
  readonly faults: string
  readonly rejectShare: number
  readonly slowP99Ms: number
  /** Digest of topology and change. */
  readonly digest: string
}

export interface Quantiles {
  readonly p50: number
  readonly p90: number
  readonly p99: number
  readonly max: number
}

export interface ReasonCount {
  readonly end: RehearsalEnd
  readonly reason: string
  readonly runs: number
  /** The commonest causes, as `n7 is offline`. */
  readonly because: readonly { readonly what: string; readonly runs: number }[]
  /** One seed that ended so. */
  readonly seed: number
}

/** How many of a group's nodes rejected the change: shares of the nodes, 0 to 1. */
export interface RejectedReport {
  /** Of the worst run, and on average over all, whether they committed or not. */
  readonly max: number
  readonly mean: number
  /** Of the worst run among those that committed: a quorum hides these. */
  readonly maxCommitted: number
  /** The run of `max`; null when no node rejected in any. */
  readonly worst: (Rejection & { readonly seed: number; readonly end: RehearsalEnd }) | null
}

/** What many seeds came to, for people and for gates. */
export interface RehearsalReport {
  readonly schema: number
  readonly identity: RehearsalIdentity
  readonly scene: RehearsedScene
  /** What of the cluster is not as the rehearsal takes it to be, and what it cannot show there. */
  readonly notes: readonly string[]
  /** Seeds that were asked for. */
  readonly wanted: number
  /** Seeds that were played; fewer than were asked for when it was cancelled. */
  readonly runs: number
  readonly ends: Readonly<Record<RehearsalEnd, number>>
  /** `ends` as shares of the runs, 0 to 1. */
  readonly shares: Readonly<Record<RehearsalEnd, number>>
  /** Milliseconds to the commit of the runs that committed; null when none did. */
  readonly commitMs: Quantiles | null
  /** Share of a group's nodes that ran what was rolled back: of the worst run, and on average over all. */
  readonly blastRadius: { readonly max: number; readonly mean: number }
  readonly rejected: RejectedReport
  /** Why runs did not commit, the most frequent first. */
  readonly reasons: readonly ReasonCount[]
  /** The run that went worst, with its story. */
  readonly worst: RehearsalOutcome | null
  readonly limits: readonly LimitCheck[]
  readonly exceeded: boolean
}
