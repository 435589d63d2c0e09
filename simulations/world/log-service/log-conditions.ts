/**
 * How the log service behaves now, beside what `JournalConditions` say of any journal. Faults change it.
 * Shares are of 1.
 */
export interface LogConditions {
  /** Mean time that anything takes beyond the way over the network, exponentially distributed. */
  slowMs: number
  /** Mean time by which a replica that does not lead shows what is committed later than the leader. */
  lagMs: number
  /** Requests that never arrive. */
  requestsLost: number
  /** Requests that arrive when whoever sent them has given up. */
  requestsLate: number
  /** Requests that are done, and of which nobody is told. */
  answersLost: number
  /** Publications that are refused because another one is said to be on its way. */
  inFlight: number
  /**
   * Deliveries to consumers that come again later, that are left out, and after which a consumer falls
   * silent.
   */
  doubled: number
  skipped: number
  stalls: number
  wordsLost: number
  /** How long a message id is known. */
  dedupeMs: number
}

export const GOOD_LOG: Readonly<LogConditions> = {
  slowMs: 0,
  lagMs: 0.5,
  requestsLost: 0,
  requestsLate: 0,
  answersLost: 0,
  inFlight: 0,
  doubled: 0,
  skipped: 0,
  stalls: 0,
  wordsLost: 0,
  dedupeMs: 120_000,
}
