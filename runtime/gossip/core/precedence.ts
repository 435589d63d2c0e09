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

/** Whether nothing but a new epoch can follow: who left stays away until it is started again. */
export function endsEpoch(record: MemberRecord, life: Life): boolean {
  return record.status === 'left' && life.epoch <= record.epoch
}
