import type { CborValue } from '../../actors/vocabulary/canonical/cbor-value.ts'
import type { Counts } from '../../actors/vocabulary/counts.ts'
import type { Revision } from '../../actors/vocabulary/revision.ts'

/** What a policy decides on: its options and the latest counters. */
export interface PolicyContext {
  readonly group: string
  readonly revision: Revision
  /** Options with every default filled in; durations as written. */
  readonly options: Readonly<Record<string, CborValue>>
  readonly counts: Counts
}

/** What reaches a policy. Admins' controls carry `expectsReply`: a state that does not take one refuses it by name. */
export type PolicyEvent =
  | { readonly type: 'FACTS'; readonly counts: Counts }
  | { readonly type: 'PAUSE' }
  | { readonly type: 'RESUME' }
  | { readonly type: 'PROMOTE' }
  | { readonly type: 'ABORT' }
