import type { CborValue } from '../../../actors/vocabulary/canonical/cbor-value.ts'
import { decodeCanonical } from '../../../actors/vocabulary/canonical/decode-cbor.ts'
import type { Digest } from '../../../actors/vocabulary/canonical/digest.ts'
import type { Blob, Checkpoint, JournalRecord } from '../../../runtime/journal/journal.ts'
import type { ReplicatedLog } from './replicated-log.ts'

const DIGEST_BYTES = 32

type Row = readonly [string, number, number, number, number, Uint8Array, Uint8Array, Digest]

/**
 * The records of one message as they stand there, unverified: for those who judge what was written. It
 * decodes by itself, so that a fault of the reader that is judged is not a fault of the judge.
 */
export function recordsInMessage(log: ReplicatedLog, bytes: Uint8Array): JournalRecord[] {
  const [, base, , kind, content] = decodeCanonical(bytes) as readonly CborValue[]
  const [baseSeq, baseHash] = base as readonly [number, Digest]
  let rows = content
  if (kind === 'value') {
    const [digest, depth] = content as readonly [string, number]
    rows = decodeCanonical(treeBytes(log, 'part', digest, depth))
  }
  let prevHash = baseHash
  return (rows as readonly Row[]).map(
    ([id, timeline, epoch, timeMs, wallMs, payload, outputs, hash], index) => {
      const seq = baseSeq + index + 1
      const record = { seq, id, timeline, epoch, timeMs, wallMs, payload, outputs, prevHash, hash }
      prevHash = hash
      return record
    },
  )
}

/** The blob that a value names under its digest, or undefined when the value names none. */
export function blobInValue(log: ReplicatedLog, key: string, bytes: Uint8Array): Blob | undefined {
  if (!key.startsWith('blob.')) return undefined
  const [digest, depth] = decodeCanonical(bytes) as readonly [string, number]
  return { digest: key.slice('blob.'.length) as Digest, bytes: treeBytes(log, 'part', digest, depth) }
}

/** The checkpoints that a value lists, or undefined when it is no such list. */
export function checkpointsInValue(
  log: ReplicatedLog,
  key: string,
  bytes: Uint8Array,
): Checkpoint[] | undefined {
  if (key !== 'checkpoints') return undefined
  const rows = decodeCanonical(bytes) as readonly (readonly [number, Digest, string, number])[]
  return rows.map(([seq, stateHash, digest, depth]) => {
    return { seq, stateHash, state: treeBytes(log, 'state', digest, depth) }
  })
}

function treeBytes(log: ReplicatedLog, prefix: string, digest: string, depth: number): Uint8Array {
  const bytes = log.value(`${prefix}.${digest}`, log.operations)?.bytes ?? new Uint8Array()
  if (depth === 0) return bytes
  const children = Array.from({ length: bytes.length / DIGEST_BYTES }, (_, index) =>
    Buffer.from(bytes.subarray(index * DIGEST_BYTES, (index + 1) * DIGEST_BYTES)).toString('hex'),
  )
  return Uint8Array.from(Buffer.concat(children.map(child => treeBytes(log, prefix, child, depth - 1))))
}
