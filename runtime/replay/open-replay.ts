import { digestOfBytes } from '../../actors/vocabulary/canonical/digest.ts'
import { KonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import { routes } from '../engine/routes/routes.ts'
import { sharedMachines } from '../engine/shared-machines.ts'
import type { Checkpoint } from '../journal/journal.ts'
import { Kernel } from '../kernel/kernel.ts'
import { namedHashes } from './named-hashes.ts'
import { LOOK_AHEAD_RECORDS } from './records-ahead.ts'
import { type Pace, Replay, type ReplayedJournal } from './replay.ts'

export interface ReplayOptions {
  /** Fold every record from the first, also where a checkpoint would spare it: verifies all of them. */
  readonly fromStart?: boolean
  readonly pace?: Pace
  /** Refuse (`KONOR_REPLAY_TOO_LONG`) to fold more records than this. Default: no bound. */
  readonly recordsMax?: number
}

/**
 * A replay that stands at the newest checkpoint at or below `seq`, or at nothing; go on with `foldTo` or `steps`. A
 * checkpoint is believed only when its bytes have the hash that a record after it names. Throws
 * `KONOR_REPLAY_BEYOND_HEAD`, `KONOR_REPLAY_TOO_LONG`, `KONOR_KERNEL_FOLD_VERSION`, and the journal's errors:
 * `KONOR_JOURNAL_COMPACTED` for history that was dropped.
 */
export async function openReplay(
  journal: ReplayedJournal,
  seq: number,
  { fromStart = false, pace, recordsMax = Infinity }: ReplayOptions = {},
): Promise<Replay> {
  const head = await journal.head()
  if (seq > head.seq) {
    throw new KonorError(
      'KONOR_REPLAY_BEYOND_HEAD',
      `the journal ends at ${head.seq}: there is no record ${seq}`,
      { details: { seq, headSeq: head.seq } },
    )
  }
  const kernel = new Kernel(sharedMachines(), routes)
  const checkpoint = fromStart ? undefined : await vouchedCheckpoint(journal, seq)
  const records = seq - (checkpoint?.seq ?? 0)
  if (records > recordsMax) {
    throw new KonorError(
      'KONOR_REPLAY_TOO_LONG',
      `${records} records lie between ${seq} and the checkpoint before it; at most ${recordsMax} are folded here`,
      { details: { seq, checkpointSeq: checkpoint?.seq ?? 0, recordsMax } },
    )
  }
  if (checkpoint !== undefined) restore(kernel, checkpoint)
  return new Replay(kernel, journal, pace)
}

/** A kernel with the state of a journal at `seq`: what a simulation continues from. */
export async function stateAt(
  journal: ReplayedJournal,
  seq: number,
  options: ReplayOptions = {},
): Promise<Replay> {
  const replay = await openReplay(journal, seq, options)
  await replay.foldTo(seq)
  return replay
}

async function vouchedCheckpoint(journal: ReplayedJournal, seq: number): Promise<Checkpoint | undefined> {
  for (let atSeq = seq; ;) {
    const checkpoint = await journal.getCheckpoint(atSeq)
    if (checkpoint === undefined || (await isVouched(journal, checkpoint))) return checkpoint
    atSeq = checkpoint.seq - 1
  }
}

async function isVouched(journal: ReplayedJournal, { seq, stateHash, state }: Checkpoint): Promise<boolean> {
  if (digestOfBytes(state) !== stateHash) return false
  for await (const record of journal.read(seq + 1, seq + LOOK_AHEAD_RECORDS))
    if (namedHashes(record).some(named => named.seq === seq && named.stateHash === stateHash)) return true
  return false
}

function restore(kernel: Kernel, { seq, state }: Checkpoint): void {
  kernel.restore(state)
  const of = kernel.position.seq
  if (of === seq) return
  const message = `the journal is damaged: its checkpoint at record ${seq} holds the state at ${of}`
  throw new KonorError('KONOR_JOURNAL_CORRUPT', message, { details: { seq, of } })
}
