import { KonorError } from '../../../actors/vocabulary/errors/konor-error.ts'
import type { Clock } from '../../ports/clock.ts'
import {
  ADDRESSES_REMEMBERED_MAX,
  REDEEM_FAILURE_REFILL_MS,
  REDEEM_FAILURES_PER_ADDRESS_MAX,
  REDEEMS_AT_ONCE_PER_ADDRESS_MAX,
} from './link-host-bounds.ts'

/** One address: what it may still get wrong, and its redemptions that are under way or wait. */
interface Attempts {
  failuresLeft: number
  refilledAtMs: number
  underWay: number
  readonly waiting: (() => void)[]
}

/**
 * Bounds what guessing of tokens costs: a token bucket per address that only refused redemptions empty, so that a
 * thousand agents behind one address join at their own pace while a guesser has ten attempts a minute.
 */
export class RedeemGate {
  readonly #clock: Clock
  readonly #addresses = new Map<string, Attempts>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Addresses that are remembered now. */
  get size(): number {
    return this.#addresses.size
  }

  /** Runs one redemption in its turn. Throws `KONOR_LINK_ATTEMPTS` when its address has failed too often. */
  async pass<T>(
    address: string,
    redeem: () => Promise<T>,
    isFailure: (thrown: unknown) => boolean,
  ): Promise<T> {
    const attempts = this.#attemptsOf(address)
    while (attempts.underWay >= REDEEMS_AT_ONCE_PER_ADDRESS_MAX)
      await new Promise<void>(resolve => attempts.waiting.push(resolve))
    this.#refill(attempts)
    if (attempts.failuresLeft < 1) {
      attempts.waiting.shift()?.()
      throw new KonorError('KONOR_LINK_ATTEMPTS', 'too many tokens from this address were refused: wait', {
        details: { bound: 'REDEEM_FAILURES_PER_ADDRESS_MAX', max: REDEEM_FAILURES_PER_ADDRESS_MAX },
      })
    }
    attempts.underWay++
    try {
      return await redeem()
    } catch (thrown) {
      if (isFailure(thrown)) attempts.failuresLeft--
      throw thrown
    } finally {
      attempts.underWay--
      attempts.waiting.shift()?.()
      this.#forgetClean(address, attempts)
    }
  }

  #attemptsOf(address: string): Attempts {
    const known = this.#addresses.get(address)
    // Anew at the end: the first of the map is the one that tried longest ago.
    this.#addresses.delete(address)
    const attempts = known ?? {
      failuresLeft: REDEEM_FAILURES_PER_ADDRESS_MAX,
      refilledAtMs: this.#clock.monotonicMs(),
      underWay: 0,
      waiting: [],
    }
    this.#addresses.set(address, attempts)
    for (const oldest of this.#addresses.keys()) {
      if (this.#addresses.size <= ADDRESSES_REMEMBERED_MAX) break
      this.#addresses.delete(oldest)
    }
    return attempts
  }

  #refill(attempts: Attempts): void {
    const nowMs = this.#clock.monotonicMs()
    const refilled = attempts.failuresLeft + (nowMs - attempts.refilledAtMs) / REDEEM_FAILURE_REFILL_MS
    attempts.failuresLeft = Math.min(REDEEM_FAILURES_PER_ADDRESS_MAX, refilled)
    attempts.refilledAtMs = nowMs
  }

  #forgetClean(address: string, attempts: Attempts): void {
    const idle = attempts.underWay === 0 && attempts.waiting.length === 0
    if (idle && attempts.failuresLeft >= REDEEM_FAILURES_PER_ADDRESS_MAX) this.#addresses.delete(address)
  }
}
