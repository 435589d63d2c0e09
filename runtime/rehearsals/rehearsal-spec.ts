import type { CborValue } from '../../actors/vocabulary/canonical/cbor-value.ts'

/**
 * Most nodes of one rehearsal, and most seeds of it: what a machine plays in the time that a person waits.
 */
export const REHEARSAL_NODES_MAX = 10_000
export const REHEARSAL_SEEDS_MAX = 10_000
/** Processes of one node in one group that are played; a node that has more is played with so many. */
export const REHEARSAL_PROCESSES_MAX = 16
/** Virtual time after which a run that has not ended is over. */
export const REHEARSAL_HORIZON_MS = 60 * 60_000

/** How slowly processes acknowledge unless somebody says otherwise. */
export const SLOW_P99_MS_DEFAULT = 500

/** How much goes wrong while the change is rolled out. `swarm` draws for each run which kinds take part. */
export const FAULT_PROFILES = ['none', 'light', 'heavy', 'swarm'] as const
export type FaultProfile = (typeof FAULT_PROFILES)[number]

export interface PolicyShape {
  readonly name: string
  readonly uses: string
  readonly with: Readonly<Record<string, CborValue>>
}

export interface GroupShape {
  readonly name: string
  readonly sets: readonly string[]
  /** Name of a declared or built-in policy. */
  readonly policy: string
}

export interface NodeShape {
  readonly name: string
  /** As the journal knows it: nobody else than the journal decides who counts. */
  readonly liveness: 'alive' | 'suspect' | 'offline' | 'left'
  /** Group → processes that it reported. */
  readonly groups: Readonly<Record<string, number>>
}

/** A cluster without any of its values: what is there, how it is layered and who lives. */
export interface RehearsalTopology {
  readonly policies: readonly PolicyShape[]
  readonly groups: readonly GroupShape[]
  readonly nodes: readonly NodeShape[]
}

/** A change without its values: what is declared anew, and whose content moves. */
export interface RehearsalChange {
  readonly policies: readonly PolicyShape[]
  readonly groups: readonly GroupShape[]
  /** Paths whose entries change. */
  readonly paths: readonly string[]
}

/** Everything that a rehearsal depends on beside its seed and the program. */
export interface RehearsalSpec {
  readonly topology: RehearsalTopology
  readonly change: RehearsalChange
  readonly faults: FaultProfile
  /** Chance that one process rejects the change, 0 to 1. */
  readonly rejectShare: number
  /** 99 of 100 acknowledgements of processes come within so much. */
  readonly slowP99Ms: number
  readonly horizonMs: number
}
