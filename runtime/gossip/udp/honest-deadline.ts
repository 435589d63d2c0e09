import type { CancelTimer, Clock } from '../../ports/clock.ts'
import { nodeSockets } from './node-sockets.ts'
import type { GossipSockets } from './gossip-sockets.ts'
import { DRAIN_TURNS_MAX, DRAIN_TURNS_MIN, LAG_SAMPLE_MS, SUSPEND_DRIFT_MS } from './udp-limits.ts'

export interface HonestDeadlineOptions {
  readonly clock: Clock
  /** Default: Node's event loop. */
  readonly nextTurn?: GossipSockets['nextTurn']
  /**
   * The deadline has passed and whatever had arrived by then has been read. `lagMs` is how late this process ran at its
   * worst since the call before, in whole milliseconds.
   */
  readonly onDue: (lagMs: number) => void
  /** The machine slept: called before `onDue`, once a sleep. */
  readonly onSuspended: (driftMs: number) => void
}

/**
 * One deadline that can be moved, and that is honest about its own process.
 *
 * When a timer fires, what it waited for may lie unread in the socket: Node runs timers after a long `setImmediate`
 * callback without looking at sockets in between. Measured on Node 20 with a 60 ms block in such a callback: 40 of 40
 * plain timers called an answered ping unanswered. So a timer here never decides. It lets the loop turn, at least twice
 * and until a turn brings no datagram; then it decides.
 */
export class HonestDeadline {
  readonly #options: HonestDeadlineOptions
  #dueMs = Infinity
  #reads = 0
  #worstLagMs = 0
  #drainingSinceMs = 0
  #driftMs: number
  #cancel: CancelTimer = () => {}
  #drain: CancelTimer | undefined
  #drainsCutShort = 0
  #stopped = false

  constructor(options: HonestDeadlineOptions) {
    this.#options = options
    this.#driftMs = options.clock.wallMs() - options.clock.monotonicMs()
  }

  /** Deadlines that were decided although datagrams still came. */
  get drainsCutShort(): number {
    return this.#drainsCutShort
  }

  /** How late this process ran at its worst since `onDue` was last called. */
  get lagMs(): number {
    return Math.round(this.#worstLagMs)
  }

  /** Call for every datagram that was read. */
  noteRead(): void {
    this.#reads++
  }

  /** Moves the deadline, in monotonic time; `Infinity` for none. */
  set(dueMs: number): void {
    if (this.#stopped || dueMs === this.#dueMs) return
    this.#dueMs = dueMs
    if (this.#drain === undefined) this.#sleep()
  }

  stop(): void {
    this.#stopped = true
    this.#cancel()
    this.#drain?.()
  }

  #sleep(): void {
    this.#cancel()
    if (this.#stopped || this.#dueMs === Infinity) return
    const nowMs = this.#options.clock.monotonicMs()
    const wakeMs = Math.max(nowMs, Math.min(this.#dueMs, nowMs + LAG_SAMPLE_MS))
    this.#cancel = this.#options.clock.startTimer(wakeMs - nowMs, () => this.#woken(wakeMs))
  }

  #woken(wakeMs: number): void {
    const nowMs = this.#options.clock.monotonicMs()
    this.#worstLagMs = Math.max(this.#worstLagMs, nowMs - wakeMs)
    if (nowMs < this.#dueMs) return this.#sleep()
    this.#drainingSinceMs = nowMs
    this.#turn(1, this.#reads)
  }

  #turn(turn: number, readsBefore: number): void {
    const { nextTurn = nodeSockets.nextTurn } = this.#options
    this.#drain = nextTurn(() => {
      this.#drain = undefined
      const quiet = this.#reads === readsBefore
      const cutShort = !quiet && turn >= DRAIN_TURNS_MAX
      if (cutShort) this.#drainsCutShort++
      if (cutShort || (quiet && turn >= DRAIN_TURNS_MIN)) this.#decide()
      else this.#turn(turn + 1, this.#reads)
    })
  }

  #decide(): void {
    this.#lookForSleep()
    this.#worstLagMs = Math.max(this.#worstLagMs, this.#options.clock.monotonicMs() - this.#drainingSinceMs)
    // What was read meanwhile may have moved the deadline.
    if (this.#options.clock.monotonicMs() < this.#dueMs || this.#stopped) return this.#sleep()
    const lagMs = this.lagMs
    this.#worstLagMs = 0
    this.#dueMs = Infinity
    this.#options.onDue(lagMs)
  }

  /** Monotonic time stands still in suspend, wall time does not. Wall time that is set back is no sleep. */
  #lookForSleep(): void {
    const { clock } = this.#options
    const driftMs = clock.wallMs() - clock.monotonicMs()
    const grownMs = driftMs - this.#driftMs
    this.#driftMs = driftMs
    if (grownMs > SUSPEND_DRIFT_MS) this.#options.onSuspended(grownMs)
  }
}
