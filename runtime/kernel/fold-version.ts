import { KonorError } from '../../actors/vocabulary/errors/konor-error.ts'

/**
 * Version of the fold: charts, guards, routes and canonical form together. Raised by every change that could make the
 * same records fold to other bytes; a golden journal of every version replays in the tests. Each record names the
 * version that it was folded as, and is folded as that one for ever.
 */
export const FOLD_VERSION = 2

/** What the kernel does otherwise from version to version; charts say for themselves since when they are born. */
export interface FoldRules {
  /** Internal messages that one input may cause before it counts as a runaway. */
  readonly messagesMax: number
  /** Whose word the audit takes for the outcome: that of the route, or what was replied in the end. */
  readonly auditTells: 'route' | 'reply'
}

const FIRST: FoldRules = { messagesMax: 1_000, auditTells: 'route' }
const SECOND: FoldRules = { messagesMax: 50_000, auditTells: 'reply' }

export function foldRulesOf(version: number): FoldRules {
  return version <= 1 ? FIRST : SECOND
}

/** Refuses (`KONOR_KERNEL_FOLD_VERSION`) what a newer program folded: charts that it needs are not known here. */
export function assertFoldVersion(fold: number, what: string): void {
  if (fold <= FOLD_VERSION) return
  throw new KonorError(
    'KONOR_KERNEL_FOLD_VERSION',
    `${what} needs fold version ${fold}, this program has ${FOLD_VERSION}: upgrade it`,
    { details: { fold, supported: FOLD_VERSION } },
  )
}
