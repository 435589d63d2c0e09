import type { Digest } from '../../actors/vocabulary/canonical/digest.ts'
import type { Journal, JournalRecord } from '../journal/journal.ts'
import { namedHashes } from './named-hashes.ts'

/** How many records after a state the record may stand that names its hash. */
export const LOOK_AHEAD_RECORDS = 1_024
/** Bytes of records that wait to be folded; a large one may go beyond by itself. */
export const LOOK_AHEAD_BYTES = 16 * 1024 * 1024

/** A record, and what a later one says that the state hashes to once this one is folded. */
export interface RecordAhead {
  readonly record: JournalRecord
  readonly stateHash: Digest | undefined
}

/**
 * The records `fromSeq` to `toSeq` in order, read some way ahead of the fold: a checkpoint's record comes after the
 * state it vouches for, and it would be too late to hash that state then. Damage beyond `toSeq` concerns nobody here;
 * damage before it is thrown (as `Journal.read` does) after all that is sound was given.
 */
export async function* recordsAhead(
  journal: Pick<Journal, 'read'>,
  fromSeq: number,
  toSeq: number,
): AsyncGenerator<RecordAhead> {
  const waiting: JournalRecord[] = []
  const hashes = new Map<number, Digest>()
  let waitingBytes = 0
  let lastSeq = fromSeq - 1
  let damage: unknown
  const takeFirst = (): RecordAhead | undefined => {
    const record = waiting.shift()
    if (record === undefined) return undefined
    waitingBytes -= sizeBytes(record)
    const stateHash = hashes.get(record.seq)
    hashes.delete(record.seq)
    return { record, stateHash }
  }
  try {
    for await (const record of journal.read(fromSeq, toSeq + LOOK_AHEAD_RECORDS)) {
      lastSeq = record.seq
      for (const { seq, stateHash } of namedHashes(record)) if (seq >= fromSeq) hashes.set(seq, stateHash)
      if (record.seq <= toSeq) {
        waiting.push(record)
        waitingBytes += sizeBytes(record)
      } else if (waiting.length === 0) return
      const isFull = waiting.length > LOOK_AHEAD_RECORDS || waitingBytes > LOOK_AHEAD_BYTES
      const first = isFull ? takeFirst() : undefined
      if (first !== undefined) yield first
    }
  } catch (thrown) {
    damage = thrown
  }
  for (let first = takeFirst(); first !== undefined; first = takeFirst()) yield first
  if (damage !== undefined && lastSeq < toSeq) throw damage
}

function sizeBytes({ payload, outputs }: JournalRecord): number {
  return payload.length + outputs.length
}
