import { REPLAY_WINDOW_PACKETS } from './wire-limits.ts'

const WORD_BITS = 32

/**
 * Which counters of one session were taken: each at most once, and none that lags the newest by the window or more
 * (RFC 4303, section 3.4.3; the ring of RFC 6479). `floor` is the counter of the packet that proved the session to be
 * alive: whatever was sealed before it may be a recording, so everything up to it counts as taken.
 */
export class ReplayWindow {
  readonly #bits = new Uint32Array(REPLAY_WINDOW_PACKETS / WORD_BITS)
  readonly #floor: number
  #newest: number

  constructor(floor: number) {
    this.#floor = floor
    this.#newest = floor
  }

  /** The highest counter that was taken. */
  get newest(): number {
    return this.#newest
  }

  /** Whether `counter` can still be taken. */
  admits(counter: number): boolean {
    if (counter <= this.#floor || counter <= this.#newest - REPLAY_WINDOW_PACKETS) return false
    return counter > this.#newest || !this.#has(counter)
  }

  /** Takes `counter`; false, with nothing changed, when it was taken or is too old. */
  take(counter: number): boolean {
    if (!this.admits(counter)) return false
    this.#forgetUpTo(counter)
    const slot = counter % REPLAY_WINDOW_PACKETS
    this.#bits[slot >>> 5] = (this.#bits[slot >>> 5] ?? 0) | (1 << (slot & 31))
    return true
  }

  /** Clears the places that counters after the newest, up to `counter`, will use. */
  #forgetUpTo(counter: number): void {
    if (counter <= this.#newest) return
    if (counter - this.#newest >= REPLAY_WINDOW_PACKETS) this.#bits.fill(0)
    else
      for (let next = this.#newest + 1; next <= counter; next++) {
        const slot = next % REPLAY_WINDOW_PACKETS
        this.#bits[slot >>> 5] = (this.#bits[slot >>> 5] ?? 0) & ~(1 << (slot & 31))
      }
    this.#newest = counter
  }

  #has(counter: number): boolean {
    const slot = counter % REPLAY_WINDOW_PACKETS
    return ((this.#bits[slot >>> 5] ?? 0) & (1 << (slot & 31))) !== 0
  }
}
