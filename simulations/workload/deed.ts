import type { BulkDetail } from './bulk.ts'
import type { ContentionDetail } from './contention.ts'
import type { Behaviour } from '../cluster/simulated-process.ts'

/** One thing that an admin or an operator does, decided before the run begins. */
export type Deed = {
  readonly id: string
  readonly atMs: number
  readonly patience: Patience
  /** Who does it; left out: an admin without a name. */
  readonly by?: string
} & DeedDetail

/** Whether an admin who gets no answer asks again under the same idempotency key until there is one. */
export type Patience = 'asks-again' | 'asks-once'

/** Fractions choose among what is there when the deed is done, so that leaving out an earlier one moves little. */
export type DeedDetail =
  | ContentionDetail
  | BulkDetail
  | {
      readonly kind: 'change'
      readonly path: string
      readonly value: number
      readonly behave: string
      readonly sizeBytes: number
    }
  | { readonly kind: 'apply'; readonly paths: readonly string[]; readonly value: number }
  | { readonly kind: 'remove-key'; readonly path: string }
  | { readonly kind: 'rollback'; readonly group: string; readonly back: number }
  | {
      readonly kind: 'control'
      readonly group: string
      readonly action: 'pause' | 'resume' | 'promote' | 'abort' | 'retry'
    }
  | {
      readonly kind: 'cancel'
      readonly which: number
      readonly mode: 'stop-after-current' | 'abort-and-observe'
    }
  | { readonly kind: 'freeze'; readonly forMs: number }
  | { readonly kind: 'drain'; readonly node: string }
  | { readonly kind: 'remove-node'; readonly node: string }
  | { readonly kind: 'join-node'; readonly node: string; readonly groups: readonly string[] }
  | { readonly kind: 'leave'; readonly node: string; readonly forMs: number }
  | { readonly kind: 'revoke-token'; readonly which: number }
  | { readonly kind: 'stop-process'; readonly process: string; readonly forMs: number }
  /** Several admins read one key afresh and each swaps what it read for a value of its own, at the same time. */
  | { readonly kind: 'race'; readonly key: string; readonly admins: number; readonly gapMs: number }
  /** One request sent twice under one idempotency key, and then another one under the same. */
  | { readonly kind: 'twice'; readonly path: string; readonly value: number; readonly gapMs: number }
  /** A node comes with a token that is past its time. */
  | { readonly kind: 'late-token'; readonly node: string; readonly group: string; readonly forMs: number }
  /** Another machine comes under a name that is taken. */
  | { readonly kind: 'join-again'; readonly node: string; readonly group: string }
  /** A node is removed, and its machine set up anew under the same name. */
  | { readonly kind: 'rejoin'; readonly node: string; readonly forMs: number }
  | { readonly kind: 'delete-path'; readonly path: string }
  /** A group goes and is declared again. */
  | { readonly kind: 'delete-group'; readonly group: string; readonly forMs: number }
  | { readonly kind: 'retry-job'; readonly which: number }

export type DeedKind = DeedDetail['kind']
/** Those that a swarm draws; contention and bulk are drawn by themselves. */
export type DrawnDeedKind = Exclude<DeedKind, (ContentionDetail | BulkDetail)['kind']>

/** Every kind, in the order in which a swarm draws whether it takes part. New ones go to the end. */
export const DEED_KINDS = [
  'change',
  'apply',
  'remove-key',
  'rollback',
  'control',
  'cancel',
  'freeze',
  'drain',
  'remove-node',
  'join-node',
  'leave',
  'revoke-token',
  'stop-process',
  'race',
  'twice',
  'late-token',
  'join-again',
  'rejoin',
  'delete-path',
  'delete-group',
  'retry-job',
] as const satisfies readonly DrawnDeedKind[]

/**
 * What a value makes a process do; `BEHAVIOUR` for all, `BEHAVIOUR:PROCESS` for one. `crash-later` is drawn by
 * itself.
 */
export const BEHAVIOURS: readonly Behaviour[] = [
  'accept',
  'reject',
  'refuse-to-prepare',
  'hang',
  'crash',
  'slow',
  'slow-to-prepare',
  'crash-loop',
]
