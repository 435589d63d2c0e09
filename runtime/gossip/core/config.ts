/**
 * How a member behaves. Times in milliseconds. All members of a cluster should run the same preset: what one calls
 * late another must not call dead. `presets.ts` has the sets that are tested.
 */
export interface GossipConfig {
  /** T: one member is probed in each period. */
  readonly probeIntervalMs: number
  /** Bounds of the wait for a direct answer; within them it follows the measured round trip. */
  readonly directTimeoutMinMs: number
  readonly directTimeoutMaxMs: number
  /** When a probe without any answer has failed: fraction of the period, counted from its start. */
  readonly probeTail: number
  /** k: members asked to try in our place. */
  readonly helpers: number
  /** Shortest suspicion: this × max(1, log10 N) × T. */
  readonly suspicionMinFactor: number
  /** Longest suspicion, of an accuser whom nobody confirms: this × the shortest. */
  readonly suspicionMaxFactor: number
  /** K: accusers beside the first one that bring a suspicion down to its shortest. */
  readonly confirmations: number
  readonly gossipIntervalMs: number
  /** F: members told in each round. */
  readonly fanout: number
  /** Copies of one update that a member sends: this × ceil(log10(N + 1)). */
  readonly retransmitFactor: number
  /** News is passed on once within this time instead of at the next round; 0 waits for the round. */
  readonly earlyForwardMs: number
  /** Between two comparisons of digests, for up to 32 members; then it grows with log2 N. */
  readonly digestIntervalMs: number
  /** Largest factor by which a member in bad health slows itself down. */
  readonly healthMax: number
  /** How long the dead are told what is said of them, so that the living among them can object. */
  readonly gossipToDeadMs: number
  readonly tombstoneMs: number
  readonly healIntervalMs: number
  /** A member that dies twice within this time is announced alive only after it was well for as long. */
  readonly flapDampingMs: number
}
