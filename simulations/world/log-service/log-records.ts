import type { CborValue } from '../../../actors/vocabulary/canonical/cbor-value.ts'
import { decodeCanonical } from '../../../actors/vocabulary/canonical/decode-cbor.ts'
import type { Digest } from '../../../actors/vocabulary/canonical/digest.ts'
import type { JournalRecord } from '../../../runtime/journal/journal.ts'
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
    rows = decodeCanonical(treeBytes(log, digest, depth))
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

function treeBytes(log: ReplicatedLog, digest: string, depth: number): Uint8Array {
  const bytes = log.value(`part.${digest}`, log.operations)?.bytes ?? new Uint8Array()
  if (depth === 0) return bytes
  const children = Array.from({ length: bytes.length / DIGEST_BYTES }, (_, index) =>
    Buffer.from(bytes.subarray(index * DIGEST_BYTES, (index + 1) * DIGEST_BYTES)).toString('hex'),
  )
  return Uint8Array.from(Buffer.concat(children.map(child => treeBytes(log, child, depth - 1))))
}
