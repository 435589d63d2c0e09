import { type Digest, digestOf } from '../../../actors/vocabulary/canonical/digest.ts'
import { KonorError } from '../../../actors/vocabulary/errors/konor-error.ts'
import { GENESIS, GENESIS_HASH } from '../record-hash.ts'
import type { Connection } from './connection.ts'
import { digestBytes, digestIn, numberIn } from './row.ts'
import { FORMAT_VERSION } from './schema.ts'

/** Where the kept history begins: the last record that was dropped. Sequence 0 when nothing ever was. */
export interface Anchor {
  readonly seq: number
  readonly hash: Digest
}

/** What a journal knows of itself beside its records. */
export interface JournalMeta {
  /** The timeline that the next record belongs to, if it is later than the last record's. */
  readonly timeline: number
  readonly anchor: Anchor
}

export const NEW_META: JournalMeta = { timeline: GENESIS.timeline, anchor: { seq: 0, hash: GENESIS_HASH } }

export async function readMeta(connection: Connection): Promise<JournalMeta> {
  const row = await connection.get('SELECT timeline, anchor_seq, anchor_hash, seal FROM meta WHERE key = 1')
  if (row === undefined) throw damagedMeta()
  const meta = {
    timeline: numberIn(row, 'timeline'),
    anchor: { seq: numberIn(row, 'anchor_seq'), hash: digestIn(row, 'anchor_hash') },
  }
  if (digestIn(row, 'seal') !== sealOf(meta)) throw damagedMeta()
  return meta
}

export async function writeMeta(connection: Connection, meta: JournalMeta): Promise<void> {
  const { timeline, anchor } = meta
  await connection.run(
    `INSERT INTO meta (key, timeline, anchor_seq, anchor_hash, seal, settled) VALUES (1, ?, ?, ?, ?, 0)
     ON CONFLICT (key) DO UPDATE SET timeline = excluded.timeline, anchor_seq = excluded.anchor_seq,
       anchor_hash = excluded.anchor_hash, seal = excluded.seal`,
    [timeline, anchor.seq, digestBytes(anchor.hash), digestBytes(sealOf(meta))],
  )
}

function sealOf({ timeline, anchor }: JournalMeta): Digest {
  return digestOf([FORMAT_VERSION, timeline, anchor.seq, anchor.hash])
}

function damagedMeta(): KonorError {
  return new KonorError(
    'KONOR_JOURNAL_CORRUPT',
    'the journal is damaged: its meta row is not what its seal says',
  )
}
