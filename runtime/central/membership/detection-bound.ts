import type { StateView } from '../../kernel/kernel-state.ts'
import type { GossipConfig } from '../../gossip/core/config.ts'
import { suspicionMinMs } from '../../gossip/core/scale.ts'
import { HEARTBEAT_MS, OFFLINE_AFTER_MS, SUSPECT_AFTER_MS } from '../link-host/link-host-bounds.ts'

/**
 * Periods in which nobody happens to probe a crashed member with a probability below e^-10: members choose in turns of
 * their own. Among few it is less, as each is probed by each in every round.
 */
const PROBE_PERIODS_MAX = 10
/** The order is kept from round to round but for a shuffle within quarters, so a turn comes that much late at most. */
const ROUND_STRETCH = 1.25
/** Rounds of gossip in which news reaches everybody: this for each tenfold of members, and one. */
const SPREAD_ROUNDS_PER_TENFOLD = 4

/**
 * How long a crash may take until it is known to everybody, in milliseconds: until someone probes the member, the probe
 * fails, nobody confirms the suspicion and it runs its longest, and the news goes round. For members that are well
 * among `members` of them; one that stands still itself waits longer.
 */
export function gossipDetectionBoundMs(config: GossipConfig, members: number): number {
  const count = Math.max(2, members)
  const probePeriods = Math.min(PROBE_PERIODS_MAX, ROUND_STRETCH * count)
  const spreadRounds = 1 + SPREAD_ROUNDS_PER_TENFOLD * Math.ceil(Math.log10(count + 1))
  return Math.ceil(
    (probePeriods + config.probeTail) * config.probeIntervalMs +
      suspicionMinMs(config, count) * config.suspicionMaxFactor +
      spreadRounds * config.gossipIntervalMs,
  )
}

/**
 * How long a new leader accuses nobody and fires no deadline: whoever crashed unseen, or could not be heard, had the
 * time to be noticed, on gossip or by its silence on the link.
 */
export function detectionBoundMs(
  view: StateView,
  member: { readonly config: GossipConfig } | undefined,
): number {
  const linkMs = HEARTBEAT_MS + SUSPECT_AFTER_MS + OFFLINE_AFTER_MS
  if (member === undefined) return linkMs
  const nodes = view.count('node') - view.ended('node').length
  return Math.max(linkMs, gossipDetectionBoundMs(member.config, nodes + 1))
}
