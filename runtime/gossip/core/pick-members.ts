import type { MemberRecord } from './member-record.ts'
import type { MemberState } from './member-state.ts'

/** Draws per member wanted before everybody is looked at: where many will do, the first few find them. */
const DRAWS_PER_MEMBER = 16

/**
 * `count` different members at random for whom `isWanted` holds, never ourselves; fewer only when there are no more.
 */
export function pickMembers(
  state: Pick<MemberState, 'table' | 'random' | 'self'>,
  count: number,
  isWanted: (record: MemberRecord) => boolean,
): MemberRecord[] {
  const { table, random, self } = state
  const { slots } = table
  const picked: MemberRecord[] = []
  const mayBePicked = (record: MemberRecord | undefined): record is MemberRecord =>
    record !== undefined &&
    record.id !== self.id &&
    isWanted(record) &&
    picked.every(({ id }) => id !== record.id)
  for (let draw = 0; draw < DRAWS_PER_MEMBER * count && picked.length < count; draw++) {
    const record = table.at(Math.floor(random.fraction() * slots))
    if (mayBePicked(record)) picked.push(record)
  }
  if (picked.length === count) return picked
  // Whom luck missed is asked all the same: a helper less is a reason less to believe an accusation.
  const left = [...table.records()].filter(mayBePicked)
  while (picked.length < count && left.length > 0) {
    const [record] = left.splice(Math.floor(random.fraction() * left.length), 1)
    if (record !== undefined) picked.push(record)
  }
  return picked
}
