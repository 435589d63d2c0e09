import { HEARTBEAT_BYTES_MAX } from '../../runtime/gossip/core/message-bounds.ts'
import type { CancelTimer, Clock } from '../../runtime/ports/clock.ts'
import type { Logger } from '../../runtime/ports/logger.ts'

/** How often a node looks at itself for others. */
export const HEARTBEAT_POLL_MS = 5_000

export interface HeartbeatSourceOptions {
  readonly clock: Clock
  readonly logger: Logger
  /** The statistics of now, at most `HEARTBEAT_BYTES_MAX` bytes; undefined when there are none. */
  readonly read: () => Uint8Array | undefined
  readonly onRead: (heartbeat: Uint8Array) => void
}

/** The statistics that a node gives to others with its gossip packets and pings. What goes wrong costs only them. */
export class HeartbeatSource {
  readonly #options: HeartbeatSourceOptions
  #latest: Uint8Array | undefined
  #cancel: CancelTimer | undefined
  #hasFailed = false

  constructor(options: HeartbeatSourceOptions) {
    this.#options = options
  }

  get latest(): Uint8Array | undefined {
    return this.#latest
  }

  start(): void {
    const { clock, onRead } = this.#options
    this.#latest = this.#read()
    if (this.#latest !== undefined) onRead(this.#latest)
    this.#cancel = clock.startTimer(HEARTBEAT_POLL_MS, () => this.start())
  }

  stop(): void {
    this.#cancel?.()
  }

  #read(): Uint8Array | undefined {
    try {
      const heartbeat = this.#options.read()
      if (heartbeat === undefined || heartbeat.length <= HEARTBEAT_BYTES_MAX) return heartbeat
      this.#complain({ sizeBytes: heartbeat.length, maxBytes: HEARTBEAT_BYTES_MAX })
    } catch (error) {
      this.#complain({ err: error })
    }
    return undefined
  }

  /** Once: it would be the same every few seconds. */
  #complain(fields: object): void {
    if (this.#hasFailed) return
    this.#hasFailed = true
    this.#options.logger.error(fields, 'the statistics of this node cannot be told')
  }
}
