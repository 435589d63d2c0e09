import type { CancelTimer, Clock } from '../ports/clock.ts'
import type { Random } from '../ports/random.ts'

/** A leader says so often, in milliseconds, that it lives; every record that it writes says so as well. */
export const LEASE_MS = 2_000
/** After so many leases without a word, and up to one more of jitter, nobody is taken to lead. */
export const SILENT_LEASES = 3
/** A timer of ours that fires later than that part of a lease: we stood still, and may have words to hear yet. */
const TOLERATED_LAG_LEASES = 0.5

export interface SilenceOptions {
  /** Its monotonic time counts: what the wall says may jump. */
  readonly clock: Clock
  readonly random: Random
  readonly leaseMs: number
  onSilent(): void
}

/**
 * Notices that nobody leads: nothing was heard of a leader for three leases and a jitter, drawn anew each time so that
 * contenders do not claim as one. Time in which this program stood still counts for nothing. It decides nothing: who
 * claims too early is refused by the log, or deposes a leader that could have stayed.
 */
export class Silence {
  readonly #options: SilenceOptions
  #cancel: CancelTimer = () => {}

  constructor(options: SilenceOptions) {
    this.#options = options
    this.#listen()
  }

  /** A leader lives. */
  heard(): void {
    this.#listen()
  }

  stop(): void {
    this.#cancel()
  }

  #listen(): void {
    const { clock, random, leaseMs, onSilent } = this.#options
    const patienceMs = (SILENT_LEASES + random.fraction()) * leaseMs
    const dueMs = clock.monotonicMs() + patienceMs
    this.#cancel()
    this.#cancel = clock.startTimer(patienceMs, () => {
      if (clock.monotonicMs() - dueMs > TOLERATED_LAG_LEASES * leaseMs) this.#listen()
      else onSilent()
    })
  }
}
