/** What the presets promise, written down a second time: from `docs/guides/gossip.md`, not from the product. */
export const GOSSIP_PROMISES = {
  lan: { periodMs: 1_000, tail: 0.8, patience: 3, roundMs: 200, directMs: 400, helpers: 3, confirmations: 2 },
  safe: { periodMs: 1_000, tail: 1, patience: 4, roundMs: 200, directMs: 500, helpers: 3, confirmations: 2 },
  fast: { periodMs: 500, tail: 0.6, patience: 4, roundMs: 100, directMs: 200, helpers: 3, confirmations: 2 },
  wan: { periodMs: 5_000, tail: 1, patience: 6, roundMs: 500, directMs: 3_000, helpers: 3, confirmations: 4 },
} as const

export type GossipPromise = (typeof GOSSIP_PROMISES)[keyof typeof GOSSIP_PROMISES]

/** A suspicion that nobody confirms lasts so many times the shortest. */
export const LONGEST_SUSPICION = 6
/** The dead and those who left are remembered so long. */
export const TOMBSTONE_MS = 24 * 3_600_000
/** Whom to believe dead without having waited: so many must have accused it. */
export const DECLARERS_WANTED = 2
