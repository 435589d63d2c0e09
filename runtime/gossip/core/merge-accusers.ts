import type { MemberId } from './messages.ts'
import { ACCUSERS_MAX } from './message-bounds.ts'

/**
 * The union, sorted, cut to the lowest `ACCUSERS_MAX`. Sorting first makes the cut independent of the order in which
 * accusations arrive, so that members who heard the same hold the same.
 */
export function mergeAccusers(a: readonly MemberId[], b: readonly MemberId[]): readonly MemberId[] {
  if (b.every(id => a.includes(id)) && a.length <= ACCUSERS_MAX) return a
  return [...new Set([...a, ...b])].sort().slice(0, ACCUSERS_MAX)
}
