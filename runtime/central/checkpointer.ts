import { digestOfBytes } from '../../actors/vocabulary/canonical/digest.ts'
import type { Leader } from '../engine/leader.ts'
import type { Journal } from '../journal/journal.ts'
import type { KernelState } from '../kernel/kernel-state.ts'
import { encodeState } from '../kernel/state-codec.ts'
import type { Logger } from '../ports/logger.ts'

/**
 * Records between two checkpoints: what a restart folds at most, besides those of one checkpoint's own
 * making.
 */
export const CHECKPOINT_RECORDS = 10_000

export interface CheckpointerOptions {
  readonly leader: Leader
  readonly state: KernelState
  readonly journal: Journal
  readonly logger: Logger
  /** Sequence of the newest checkpoint, 0 without one. */
  readonly lastSeq: number
  readonly everyRecords?: number
}

export interface Checkpointer {
  /** Takes one now, if anything was recorded since the last. */
  take(): Promise<void>
  stop(): void
}

/**
 * Takes a checkpoint every so many records: the state's canonical bytes beside the chain, their hash as a
 * record in it. A failure costs nothing but a longer restart.
 */
export function startCheckpointer(options: CheckpointerOptions): Checkpointer {
  const { leader, state, journal, logger, everyRecords = CHECKPOINT_RECORDS } = options
  let lastSeq = options.lastSeq
  let underWay: Promise<void> | undefined
  const take = async (): Promise<void> => {
    const bytes = encodeState(state)
    const { seq } = state.position
    const stateHash = digestOfBytes(bytes)
    await leader.submit(() => ({
      input: { route: 'checkpoint', by: 'system', scopes: ['system'], body: { seq, stateHash } },
    }))
    await journal.putCheckpoint({ seq, stateHash, state: bytes })
    // Its own record does not make another one due.
    lastSeq = seq + 1
    logger.info({ seq, sizeBytes: bytes.length }, 'took a checkpoint')
  }
  const takeDue = (): void => {
    if (underWay !== undefined || state.position.seq - lastSeq < everyRecords) return
    underWay = take()
      .catch((cause: unknown) =>
        logger.warn({ err: cause }, 'a checkpoint failed; the next one will be tried'),
      )
      .finally(() => {
        underWay = undefined
      })
  }
  const unsubscribe = leader.onFolded(takeDue)
  return {
    async take() {
      await underWay
      if (state.position.seq > lastSeq) await take()
    },
    stop: unsubscribe,
  }
}
