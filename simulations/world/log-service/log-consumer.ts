import type { LogMessage } from '../../../runtime/journal/stream/log-service.ts'
import type { LogConnection } from './log-connection.ts'

/** Mean time after which something is delivered again. */
const AGAIN_MS = 300
/** How often a new leader forgets a consumer. */
const FORGOTTEN_SHARE = 0.3

/** What is delivered to one program: mostly in order, each once, until it falls silent. */
export class LogConsumer {
  readonly #connection: LogConnection
  readonly #onMessage: (message: LogMessage) => void
  #nextSeq: number
  #lastArrivalMs = 0
  #isSilent = false
  #isStopped = false

  constructor(connection: LogConnection, fromSeq: number, onMessage: (message: LogMessage) => void) {
    this.#connection = connection
    this.#onMessage = onMessage
    this.#nextSeq = fromSeq
    const { world } = connection.service
    // The service is asked for it first.
    world.after(connection.wayMs(), () => this.#catchUp())
  }

  stop(): void {
    this.#isStopped = true
  }

  onCommitted(seq: number): void {
    if (seq === this.#nextSeq) this.#catchUp()
  }

  onNewLeader(): void {
    const { random } = this.#connection.service
    if (random.fraction() < FORGOTTEN_SHARE) this.#isSilent = true
    else this.#catchUp()
  }

  #catchUp(): void {
    const { log } = this.#connection.service
    const lastSeq = log.lastSeq(log.operations)
    while (!this.#isStopped && !this.#isSilent && this.#nextSeq <= lastSeq) this.#deliver(this.#nextSeq++)
  }

  #deliver(seq: number): void {
    const { service } = this.#connection
    const [message] = service.log.read(seq, 1, service.log.operations)
    if (message === undefined || this.#connection.isAway() || this.#connection.hits('skipped')) return
    if (this.#connection.hits('stalls')) this.#isSilent = true
    const delayMs = this.#connection.wayMs() + service.exponential(service.conditions.lagMs)
    this.#lastArrivalMs = Math.max(this.#lastArrivalMs, service.world.nowMs + delayMs)
    this.#arrive(message, this.#lastArrivalMs - service.world.nowMs)
    if (this.#connection.hits('doubled')) this.#arrive(message, delayMs + service.exponential(AGAIN_MS))
  }

  #arrive(message: LogMessage, delayMs: number): void {
    this.#connection.program.later(delayMs, () => {
      if (!this.#isStopped && !this.#connection.isAway()) this.#onMessage(message)
    })
  }
}
