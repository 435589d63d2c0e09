import type { Standing } from './standing.ts'

/** What a revision is made of. */
export interface Content {
  readonly digest: string
  readonly sizeBytes: number
  readonly sets: readonly string[]
  readonly pins: Readonly<Record<string, Pin>>
}

export interface Pin {
  readonly version: number
  readonly digest: string
}

export interface Revision extends Content {
  readonly revision: number
  readonly kind: string
  readonly job: string
  readonly outcome: 'pending' | 'committed' | 'rolled-back' | 'aborted'
}

/** An output that must be in the journal. */
export interface Expected {
  readonly type: string
  readonly data: Readonly<Record<string, string | number>>
}

/** What a job must hear of one of its groups in the end. */
export interface Ending {
  readonly job: string
  readonly group: string
  readonly revision: number | null
  readonly outcome: string
  readonly reason: string | null
}

/** Longest that content which was put back holds up those who wait for it. */
export const RESTORE_MS = 60_000
/** Furthest that a node's word may push the number of revisions. */
const JUMP_MAX = 1_000_000

export function highestOf(standing: Standing | null): number {
  return Math.max(standing?.active ?? 0, standing?.progress?.revision ?? 0)
}

/** Whether a node knows of a higher number than was ever given out here: a backup came in between. */
export function isAhead(lastRevision: number, standing: Standing | null): boolean {
  const highest = highestOf(standing)
  return highest > lastRevision && highest <= lastRevision + JUMP_MAX
}

/**
 * What an undo goes back to once `digest` is out again: the first of `candidates` that was committed, not taken
 * back since, and of another content.
 */
export function goodBefore(
  candidates: readonly (Revision | null)[],
  revisions: readonly Revision[],
  digest: string,
): Revision | null {
  const outcomes = new Map(revisions.map(({ revision, outcome }) => [revision, outcome]))
  return (
    candidates.find(
      one => one !== null && one.digest !== digest && outcomes.get(one.revision) === 'committed',
    ) ?? null
  )
}
