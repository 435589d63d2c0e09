import { type Counts, offeredOffline } from '../../actors/vocabulary/counts.ts'
import type { CborValue } from '../../actors/vocabulary/canonical/cbor-value.ts'

/**
 * Who a quorum is counted over: nodes that are not offline, and offline ones that hold the candidate or answered it.
 * A node that was offered the candidate does not leave by dying; only a journaled offline of the others shrinks it.
 */
export function denominatorOf(counts: Counts): number {
  return counts.nodes - counts.offline + offeredOffline(counts)
}

/** Nodes that applied it and are not offline: one that died after applying counts as failed until it returns. */
export function appliedOf(counts: Counts): number {
  return counts.applied - counts.appliedOffline
}

/**
 * How many must have applied: `quorum` of the denominator (`majority`, a percentage rounded up, or a number), and at
 * least `floor` of all that are subscribed (`third`, rounded up, or a number), but never more than are subscribed.
 */
export function neededOf(counts: Counts, quorum: CborValue, floor: CborValue): number {
  const denominator = denominatorOf(counts)
  const least = floor === 'third' ? Math.ceil(counts.nodes / 3) : Number(floor)
  return Math.max(shareOf(denominator, quorum), Math.min(least, counts.nodes))
}

function shareOf(total: number, quorum: CborValue): number {
  if (quorum === 'majority') return total === 0 ? 0 : Math.floor(total / 2) + 1
  if (typeof quorum === 'string') return Math.ceil((total * Number.parseInt(quorum, 10)) / 100)
  return Number(quorum)
}
