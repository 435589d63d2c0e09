import type { GossipConfig } from './config.ts'

/** Members up to which digests are compared at the base interval. */
const DIGEST_SCALE_THRESHOLD = 32

/** Shortest suspicion among `members`, in ms. It grows as news takes longer to come round. */
export function suspicionMinMs(config: GossipConfig, members: number): number {
  return config.suspicionMinFactor * Math.max(1, Math.log10(Math.max(1, members))) * config.probeIntervalMs
}

/** Copies of one update that a member sends among `members` before it falls silent about it. */
export function retransmitLimit(config: GossipConfig, members: number): number {
  return config.retransmitFactor * Math.ceil(Math.log10(members + 1))
}

/** Time between two digests, in ms: the load of a large cluster stays flat. */
export function digestIntervalMs(config: GossipConfig, members: number): number {
  if (members <= DIGEST_SCALE_THRESHOLD) return config.digestIntervalMs
  const doublings = Math.ceil(Math.log2(members) - Math.log2(DIGEST_SCALE_THRESHOLD))
  return config.digestIntervalMs * (doublings + 1)
}
