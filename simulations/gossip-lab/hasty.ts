import type { GossipConfig } from '../../runtime/gossip/core/config.ts'

/** What makes `fast` quick enough for a test: half its times, and views compared and partitions healed at once. */
export const HASTY: Partial<GossipConfig> = {
  probeIntervalMs: 250,
  // So patient that a test machine which lets a process wait for two seconds has called nobody dead.
  suspicionMinFactor: 10,
  // Who is alone with its suspicion is not to keep a test waiting.
  suspicionMaxFactor: 2,
  directTimeoutMinMs: 50,
  directTimeoutMaxMs: 100,
  gossipIntervalMs: 50,
  digestIntervalMs: 1_000,
  healIntervalMs: 1_000,
  flapDampingMs: 1_000,
}
