import type { BlobServer } from '../../links/blob-server.ts'
import type { Link } from '../../links/link.ts'
import type { FetchMessage } from '../../links/protocol.ts'
import type { Clock } from '../../ports/clock.ts'
import { CHUNK_SLOT_MS, CHUNKS_AT_ONCE_MAX } from './link-host-bounds.ts'

/**
 * Lets only so many chunks be on their way at once, over all links, so that a thousand agents that fetch at one moment
 * cost megabytes and not gigabytes. A chunk is on its way until its link has drained.
 */
export class ChunkGate {
  readonly #blobs: BlobServer
  readonly #clock: Clock
  readonly #waiting: (() => void)[] = []
  #underWay = 0

  constructor(blobs: BlobServer, clock: Clock) {
    this.#blobs = blobs
    this.#clock = clock
  }

  /** Chunks on their way now. */
  get underWay(): number {
    return this.#underWay
  }

  /** Answers one fetch in its turn; resolves when the answer is queued on its link. */
  async serve(link: Link, message: FetchMessage): Promise<void> {
    if (this.#underWay >= CHUNKS_AT_ONCE_MAX) await new Promise<void>(resolve => this.#waiting.push(resolve))
    else this.#underWay++
    const cancel = { timer: () => {} }
    let held = true
    const release = (): void => {
      if (!held) return
      held = false
      cancel.timer()
      this.#release()
    }
    cancel.timer = this.#clock.startTimer(CHUNK_SLOT_MS, release)
    try {
      await this.#blobs.serve(link, message)
    } finally {
      void link.drained().then(release)
    }
  }

  /** Hands the slot on to who waits longest, or gives it back. */
  #release(): void {
    const next = this.#waiting.shift()
    if (next === undefined) this.#underWay--
    else next()
  }
}
