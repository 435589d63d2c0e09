import type { MemberRecord } from './member-record.ts'

/** A place in time of one member's life, as it counts it itself. */
export interface Life {
  readonly epoch: number
  readonly incarnation: number
}

/** Negative when `a` is before `b`, 0 when they are the same life. Wall clocks have no part in it. */
export function compareLives(a: Life, b: Life): number {
  return a.epoch - b.epoch || a.incarnation - b.incarnation
}

/** Incarnations by which an accusation may be ahead of what its subject has said; more would use them up. */
export const INCARNATION_LEAP_MAX = 2 ** 20

/** Whether nobody but its subject may speak of this life, being where its own word has got to. */
export function isBeyond(claimed: Life, known: Life): boolean {
  if (claimed.epoch !== known.epoch) return claimed.epoch > known.epoch
  return claimed.incarnation - known.incarnation > INCARNATION_LEAP_MAX
}

/** Whether nothing but a new epoch can follow: who left stays away until it is started again. */
export function endsEpoch(record: MemberRecord, life: Life): boolean {
  return record.status === 'left' && life.epoch <= record.epoch
}
