import { type Digest, digestOf, digestOfBytes } from '../../../actors/vocabulary/canonical/digest.ts'
import { CHECKPOINTS_KEPT_MAX, type Checkpoint } from '../journal.ts'
import type { Connection, SqlRow } from './connection.ts'
import { bytesIn, digestBytes, digestIn, numberIn } from './row.ts'

/** Stores a checkpoint and lets go of those beyond `CHECKPOINTS_KEPT_MAX`, but never of the anchor's. */
export async function insertCheckpoint(
  connection: Connection,
  checkpoint: Checkpoint,
  anchorSeq: number,
): Promise<void> {
  const { seq, stateHash, state } = checkpoint
  await connection.transaction(async () => {
    await connection.run(
      'INSERT OR REPLACE INTO checkpoint (seq, state_hash, seal, state) VALUES (?, ?, ?, ?)',
      [seq, digestBytes(stateHash), digestBytes(sealOf(checkpoint)), state],
    )
    await connection.run(
      `DELETE FROM checkpoint WHERE seq <> ? AND seq NOT IN
        (SELECT seq FROM checkpoint ORDER BY seq DESC LIMIT ${CHECKPOINTS_KEPT_MAX})`,
      [anchorSeq],
    )
  })
}

/** The newest whole checkpoint at or below `atSeq`; `onDamaged` hears of each newer one that is passed over. */
export async function readCheckpoint(
  connection: Connection,
  atSeq: number,
  onDamaged: (seq: number) => void,
): Promise<Checkpoint | undefined> {
  let limit = atSeq
  for (;;) {
    const row = await connection.get('SELECT * FROM checkpoint WHERE seq <= ? ORDER BY seq DESC LIMIT 1', [
      limit,
    ])
    if (row === undefined) return undefined
    const seq = numberIn(row, 'seq')
    const checkpoint = wholeCheckpoint(row, seq)
    if (checkpoint !== undefined) return checkpoint
    onDamaged(seq)
    limit = seq - 1
  }
}

/** A row's checkpoint, or undefined when it is not what its seal says. */
export function wholeCheckpoint(row: SqlRow, seq: number): Checkpoint | undefined {
  const checkpoint = { seq, stateHash: digestIn(row, 'state_hash'), state: bytesIn(row, 'state') }
  return digestIn(row, 'seal') === sealOf(checkpoint) ? checkpoint : undefined
}

function sealOf({ seq, stateHash, state }: Checkpoint): Digest {
  return digestOf([seq, stateHash, digestOfBytes(state)])
}
