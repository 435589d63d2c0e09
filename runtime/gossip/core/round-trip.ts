import type { GossipConfig } from './config.ts'

/** Gains of the smoothed round trip and of its deviation (RFC 6298, section 2). */
const MEAN_GAIN = 1 / 8
const DEVIATION_GAIN = 1 / 4
/** Deviations above the mean that an answer may take. */
const DEVIATIONS = 4

/** The smoothed round trip to all members together, and how long to wait for a direct answer. */
export class RoundTrip {
  readonly #config: GossipConfig
  #meanMs: number | undefined
  #deviationMs = 0

  constructor(config: GossipConfig) {
    this.#config = config
  }

  sample(roundTripMs: number): void {
    if (this.#meanMs === undefined) {
      this.#meanMs = roundTripMs
      this.#deviationMs = roundTripMs / 2
      return
    }
    this.#deviationMs += DEVIATION_GAIN * (Math.abs(this.#meanMs - roundTripMs) - this.#deviationMs)
    this.#meanMs += MEAN_GAIN * (roundTripMs - this.#meanMs)
  }

  /** Before the first answer it is the longest: a guess must not accuse. */
  get directTimeoutMs(): number {
    const { directTimeoutMinMs, directTimeoutMaxMs } = this.#config
    if (this.#meanMs === undefined) return directTimeoutMaxMs
    const wantedMs = 4 * this.#meanMs + DEVIATIONS * this.#deviationMs
    return Math.min(directTimeoutMaxMs, Math.max(directTimeoutMinMs, wantedMs))
  }
}
