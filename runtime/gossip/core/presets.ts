import type { GossipConfig } from './config.ts'

export type PresetName = 'lan' | 'safe' | 'fast' | 'wan'

const HOUR_MS = 3_600_000

const lan: GossipConfig = {
  probeIntervalMs: 1_000,
  directTimeoutMinMs: 100,
  directTimeoutMaxMs: 400,
  probeTail: 0.8,
  helpers: 3,
  suspicionMinFactor: 3,
  suspicionMaxFactor: 6,
  confirmations: 2,
  gossipIntervalMs: 200,
  fanout: 3,
  retransmitFactor: 4,
  earlyForwardMs: 20,
  digestIntervalMs: 30_000,
  healthMax: 8,
  gossipToDeadMs: 30_000,
  tombstoneMs: 24 * HOUR_MS,
  healIntervalMs: 30_000,
  flapDampingMs: 60_000,
}

/**
 * `lan`: machines of one site. `safe`: as patient as memberlist, a member may stand still a third longer. `fast`: twice
 * the traffic for half the time. `wan`: sites apart, slow and lossy links.
 */
export const PRESETS: Readonly<Record<PresetName, GossipConfig>> = {
  lan,
  safe: {
    ...lan,
    directTimeoutMinMs: 500,
    directTimeoutMaxMs: 500,
    probeTail: 1,
    suspicionMinFactor: 4,
    earlyForwardMs: 0,
  },
  fast: {
    ...lan,
    probeIntervalMs: 500,
    directTimeoutMinMs: 50,
    directTimeoutMaxMs: 200,
    // A direct wait and one repetition by TCP (200 ms) fit; where round trips are longer the tail grows with them.
    probeTail: 0.6,
    suspicionMinFactor: 4,
    gossipIntervalMs: 100,
    digestIntervalMs: 15_000,
  },
  wan: {
    ...lan,
    probeIntervalMs: 5_000,
    directTimeoutMinMs: 3_000,
    directTimeoutMaxMs: 3_000,
    probeTail: 1,
    suspicionMinFactor: 6,
    confirmations: 4,
    gossipIntervalMs: 500,
    fanout: 4,
    earlyForwardMs: 50,
    digestIntervalMs: 60_000,
    gossipToDeadMs: 60_000,
  },
}
