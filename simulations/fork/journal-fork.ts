import { isDigest } from '../../actors/vocabulary/canonical/digest.ts'
import type { Digest } from '../../actors/vocabulary/canonical/digest.ts'
import { KonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import type { Checkpoint, Journal, JournalRecord } from '../../runtime/journal/journal.ts'
import { contextOf } from '../../runtime/kernel/actor-record.ts'
import type { KernelState } from '../../runtime/kernel/kernel-state.ts'
import { ForkedDisk, ForkedJournal } from '../../runtime/replay/forked-journal.ts'
import { stateAt } from '../../runtime/replay/open-replay.ts'
import type { JournalStore } from '../world/simulated-journal.ts'

/** Records of a journal that a simulation can go on from: all of them are held in memory, and judged in each run. */
export const FORK_RECORDS_MAX = 100_000

/** A journal up to a point, and the state there. Nobody changes it: many runs may go on from it. */
export interface JournalFork {
  readonly seq: number
  readonly records: readonly JournalRecord[]
  /** In rising order of `seq`. */
  readonly checkpoints: readonly Checkpoint[]
  /** Every blob that the state names. */
  readonly blobs: ReadonlyMap<Digest, Uint8Array>
  readonly state: KernelState
}

/**
 * Reads a journal up to `seq`, and verifies all of it. Read beforehand, since the clock of a world stands still while a
 * real disk is waited for. Throws `KONOR_REPLAY_BEYOND_HEAD`, `KONOR_REPLAY_TOO_LONG`, and the journal's errors:
 * `KONOR_JOURNAL_COMPACTED` when its beginning was dropped.
 */
export async function readFork(base: Journal, seq: number): Promise<JournalFork> {
  if (seq > FORK_RECORDS_MAX)
    throw new KonorError(
      'KONOR_REPLAY_TOO_LONG',
      `a simulation goes on from at most ${FORK_RECORDS_MAX} records, and ${seq} lie before that point`,
      { details: { seq, recordsMax: FORK_RECORDS_MAX } },
    )
  const forked = new ForkedJournal(await ForkedDisk.at(base, seq))
  const records: JournalRecord[] = []
  for await (const record of forked.read(1)) records.push(record)
  const { state } = await stateAt(base, seq)
  return {
    seq,
    records,
    checkpoints: await checkpointsOf(forked),
    blobs: await blobsOf(forked, state),
    state,
  }
}

/** Lays the fork down in the store of a central, on a timeline of its own, as a restore does. */
export function layDown({ records, checkpoints, blobs }: JournalFork, store: JournalStore): void {
  const { disk } = store
  for (const record of records) {
    disk.records.push(record)
    disk.seqById.set(record.id, record.seq)
  }
  for (const [digest, bytes] of blobs) disk.blobs.set(digest, bytes)
  disk.checkpoints = [...checkpoints]
  disk.beginTimeline()
  store.appended(0)
}

async function checkpointsOf(journal: Journal): Promise<readonly Checkpoint[]> {
  const found: Checkpoint[] = []
  for (let at = Infinity; ;) {
    const checkpoint = await journal.getCheckpoint(at)
    if (checkpoint === undefined) return found.toReversed()
    found.push(checkpoint)
    at = checkpoint.seq - 1
  }
}

async function blobsOf(journal: Journal, state: KernelState): Promise<ReadonlyMap<Digest, Uint8Array>> {
  const blobs = new Map<Digest, Uint8Array>()
  const named = new Set<Digest>()
  for (const record of state.actors()) collectDigests(contextOf(record), named)
  for (const effect of state.effects().values()) collectDigests(effect.data, named)
  for (const digest of named) {
    const bytes = await journal.getBlob(digest)
    if (bytes !== undefined) blobs.set(digest, bytes)
  }
  return blobs
}

/** Whatever looks like a digest, wherever it stands: those that name no blob do no harm. */
function collectDigests(value: unknown, into: Set<Digest>): void {
  if (typeof value === 'string') {
    if (isDigest(value)) into.add(value)
  } else if (typeof value === 'object' && value !== null && !(value instanceof Uint8Array))
    for (const one of Object.values(value)) collectDigests(one, into)
}
