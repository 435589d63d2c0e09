import type { Digest } from '../../actors/vocabulary/canonical/digest.ts'
import { KonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import type { JournalRecord } from '../journal/journal.ts'
import type { SharedJournal } from '../journal/shared-journal.ts'
import type { Kernel } from '../kernel/kernel.ts'
import type { Position, StateView } from '../kernel/kernel-state.ts'
import { decodeInputs, decodeOutputs } from '../kernel/record-codec.ts'
import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import type { Random } from '../ports/random.ts'
import { BlobCache } from './blob-cache.ts'
import type { Folded, Leader, Recorded } from './leader.ts'
import { Silence } from './silence.ts'

export interface FollowerOptions {
  /** Folded up to where the log is followed from. The follower alone moves it until it rests. */
  readonly kernel: Kernel
  readonly journal: SharedJournal
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly leaseMs: number
}

/**
 * A central that does not lead: it folds what the leader appends, each record's outputs compared with what the leader
 * recorded, and answers reads from that. It is a `Leader` to whoever reads; every write is refused
 * (`KONOR_ENGINE_NO_LEADER`), with the name of who leads where that is known.
 */
export class Follower implements Leader {
  readonly #options: FollowerOptions
  readonly #blobs = new BlobCache()
  readonly #listeners = new Set<(folded: Folded) => void>()
  #leader: string | undefined
  #rest: () => void = () => {}

  constructor(options: FollowerOptions) {
    this.#options = options
  }

  get view(): StateView {
    return this.#options.kernel.state
  }

  get position(): Position {
    return this.#options.kernel.position
  }

  /** Who claimed the epoch that is folded, as it called itself; undefined when that was not followed here. */
  get leader(): string | undefined {
    return this.#leader
  }

  /**
   * Follows until nobody leads, and rests then: the kernel stands still, for a claim. Rejects when the log cannot be
   * followed or folds to something else than its leader recorded (`KONOR_KERNEL_DIVERGED`), and when `stop` is called.
   */
  untilSilent(): Promise<void> {
    const { clock, random, leaseMs, journal } = this.#options
    return new Promise((resolve, reject) => {
      const settle = (act: () => void): void => {
        this.#rest()
        act()
      }
      const silence = new Silence({ clock, random, leaseMs, onSilent: () => settle(resolve) })
      const broken = (error: unknown): void => settle(() => reject(error as Error))
      let isOver = false
      const unfollow = journal.follow(this.position.seq + 1, {
        onRecord: record => {
          if (isOver) return
          silence.heard()
          try {
            this.#fold(record)
          } catch (error) {
            broken(error)
          }
        },
        onBeat: epoch => {
          // One that was deposed and does not know it yet is not heard.
          if (!isOver && epoch >= this.position.epoch) silence.heard()
        },
        onBroken: error => isOver || broken(error),
      })
      this.#rest = () => {
        isOver = true
        silence.stop()
        unfollow()
        this.#rest = () => {}
      }
      this.#stop = () => broken(stopping())
    })
  }

  /** Follows no more; `untilSilent` rejects. */
  stop(): void {
    this.#stop()
  }

  #stop: () => void = () => {}

  submit(): Promise<Recorded> {
    return Promise.reject(this.refusal())
  }

  submitFact(): Promise<Recorded> {
    return Promise.reject(this.refusal())
  }

  /** What a write is answered with. */
  refusal(): KonorError {
    const leader = this.#leader
    const who = leader === undefined ? 'who leads is not known here' : `the leader is ${leader}`
    return new KonorError('KONOR_ENGINE_NO_LEADER', `this central follows: ${who}; ask another one`, {
      details: leader === undefined ? {} : { leader },
    })
  }

  onFolded(listener: (folded: Folded) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  async getBlob(digest: Digest): Promise<Uint8Array | undefined> {
    const held = this.#blobs.get(digest)
    if (held !== undefined) return held
    const bytes = await this.#options.journal.getBlob(digest)
    if (bytes !== undefined) this.#blobs.set(digest, bytes)
    return bytes
  }

  #fold(record: JournalRecord): void {
    const { kernel, logger } = this.#options
    const { seq, timeline, epoch, wallMs } = record
    if (seq !== this.position.seq + 1) throw gap(seq, this.position.seq)
    const isClaim = epoch > this.position.epoch || timeline > this.position.timeline
    const changed = new Set(kernel.replay(record).changed())
    if (isClaim) {
      this.#leader = claimantOf(record)
      logger.info({ timeline, epoch, leader: this.#leader }, 'follows a new leader')
    }
    const folded: Folded = { timeline, seq, wallMs, outputs: decodeOutputs(record.outputs), changed }
    for (const listener of this.#listeners) {
      try {
        listener(folded)
      } catch (cause) {
        logger.error({ err: cause, seq }, 'a listener of folded records threw')
      }
    }
  }
}

/** How the central that wrote this claim calls itself. */
function claimantOf({ payload }: JournalRecord): string | undefined {
  const claim = decodeInputs(payload).find(({ route }) => route === 'claim')
  const { central } = (claim?.body ?? {}) as { readonly central?: unknown }
  return typeof central === 'string' ? central : undefined
}

function gap(seq: number, after: number): KonorError {
  const message = `the log told record ${seq} after record ${after}`
  return new KonorError('KONOR_JOURNAL_CORRUPT', message, { details: { seq } })
}

function stopping(): KonorError {
  return new KonorError('KONOR_ENGINE_NO_LEADER', 'this central is stopping')
}
