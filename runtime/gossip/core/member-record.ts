import type { MemberAddress, MemberId, Update } from './messages.ts'
import type { MemberView } from './events.ts'

/**
 * `candidate`: others say that it lives, or accuse it, and we have no proof that it exists. It counts nowhere.
 * `dead` and `left` are tombstones.
 */
export type MemberStatus = 'candidate' | 'alive' | 'suspect' | 'dead' | 'left'

/** What one member holds about another. Replaced, never changed: records may be shared among simulated members. */
export interface MemberRecord {
  readonly id: MemberId
  readonly status: MemberStatus
  readonly epoch: number
  readonly incarnation: number
  /** Sorted, at most `ACCUSERS_MAX`; of a suspect, a dead, or an accused candidate. */
  readonly accusers: readonly MemberId[]
  /** Empty while unknown. */
  readonly address: MemberAddress
  readonly metaHash?: string
  readonly signature?: Uint8Array
  /** Whether it was ever announced as a member: what returns has joined before. */
  readonly joined: boolean
  /** When the status began, in time of the member who holds the record. */
  readonly sinceMs: number
}

export function isLive(record: MemberRecord): boolean {
  return record.status === 'alive' || record.status === 'suspect'
}

export function isTombstone(record: MemberRecord): boolean {
  return record.status === 'dead' || record.status === 'left'
}

/** What the record says to others; undefined of a candidate, whom we do not vouch for, unless it is accused. */
export function toUpdate(record: MemberRecord): Update | undefined {
  const { id, status, epoch, incarnation, accusers } = record
  if (status === 'candidate') {
    return accusers.length === 0 ? undefined : { state: 'suspect', id, epoch, incarnation, accusers }
  }
  if (status === 'suspect' || status === 'dead') return { state: status, id, epoch, incarnation, accusers }
  return {
    state: status,
    id,
    epoch,
    incarnation,
    ...(status === 'alive' ? { address: record.address } : {}),
    ...(status === 'alive' && record.metaHash !== undefined ? { metaHash: record.metaHash } : {}),
    ...(record.signature === undefined ? {} : { signature: record.signature }),
  }
}

export function toView(record: MemberRecord): MemberView {
  const { id, epoch, incarnation, address, metaHash } = record
  return { id, epoch, incarnation, address, ...(metaHash === undefined ? {} : { metaHash }) }
}
