import type { MemberRecord } from './member-record.ts'
import type { MemberState } from './member-state.ts'

/** Draws per member wanted, at least, before giving up on finding more. */
const DRAWS_MIN = 16
/** Draws per slot: in a table full of tombstones some draws find nobody. */
const DRAWS_PER_SLOT = 3

/** Up to `count` different members at random for whom `isWanted` holds; never ourselves. */
export function pickMembers(
  { table, random, self }: MemberState,
  count: number,
  isWanted: (record: MemberRecord) => boolean,
): MemberRecord[] {
  const picked: MemberRecord[] = []
  const { slots } = table
  const drawsMax = Math.max(DRAWS_MIN * count, DRAWS_PER_SLOT * slots)
  for (let draw = 0; draw < drawsMax && picked.length < count; draw++) {
    const record = table.at(Math.floor(random.fraction() * slots))
    if (record === undefined || record.id === self.id || !isWanted(record)) continue
    if (picked.every(other => other.id !== record.id)) picked.push(record)
  }
  return picked
}
