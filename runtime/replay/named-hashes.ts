import type { Digest } from '../../actors/vocabulary/canonical/digest.ts'
import type { JournalRecord } from '../journal/journal.ts'
import { decodeOutputs } from '../kernel/record-codec.ts'

/** The event by which a record says what the state hashed to at an earlier sequence. */
const CHECKPOINT_EVENT = 'journal.checkpoint'
const MARK = Buffer.from(CHECKPOINT_EVENT)

/** A state hash that the chain vouches for. */
export interface NamedHash {
  readonly seq: number
  readonly stateHash: Digest
}

/** The state hashes that a record names: mostly none, and at most a few. */
export function namedHashes({ outputs }: Pick<JournalRecord, 'outputs'>): readonly NamedHash[] {
  // Nearly no record names one: a search of its bytes is much cheaper than decoding them.
  if (!Buffer.from(outputs.buffer, outputs.byteOffset, outputs.byteLength).includes(MARK)) return []
  return decodeOutputs(outputs).flatMap(({ type, data }) =>
    type === CHECKPOINT_EVENT ? [{ seq: Number(data['seq']), stateHash: data['stateHash'] as Digest }] : [],
  )
}
