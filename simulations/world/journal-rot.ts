import type { CborValue } from '../../actors/vocabulary/canonical/cbor-value.ts'
import { decodeCanonical } from '../../actors/vocabulary/canonical/decode-cbor.ts'
import { digestOfBytes } from '../../actors/vocabulary/canonical/digest.ts'
import { encodeCanonical } from '../../actors/vocabulary/canonical/encode-canonical.ts'
import type { Checkpoint, JournalRecord } from '../../runtime/journal/journal.ts'
import { MemoryDisk } from '../../runtime/journal/memory-journal.ts'

/** What of a journal's disk reads wrong. */
export const ROT_TARGETS = [
  'payload',
  'outputs',
  'id',
  'wallMs',
  'timeMs',
  'epoch',
  'prevHash',
  'hash',
  /** A record is not there; two have changed places. */
  'lost',
  'swapped',
  /** A checkpoint has a flipped bit; belongs to another history; stands where a later one should. */
  'checkpoint',
  'checkpoint-of-others',
  'checkpoint-misplaced',
  'blob',
] as const

export interface JournalRot {
  readonly target: (typeof ROT_TARGETS)[number]
  /** Which record, and which of its bits, as fractions of what is there. */
  readonly which: number
  readonly bit: number
}

/** A disk that reads as `disk` does, but for the damage. What is written goes to the sound one. */
export function rottenDisk(disk: MemoryDisk, rot: JournalRot): MemoryDisk {
  const { records, checkpoints, blobs } = disk
  const view = Object.assign(new MemoryDisk(), disk)
  if (rot.target === 'blob') return Object.assign(view, { blobs: rottenBlobs(blobs, rot) })
  if (rot.target.startsWith('checkpoint'))
    return Object.assign(view, { checkpoints: rottenCheckpoints(checkpoints, rot) })
  return Object.assign(view, { records: rottenRecords(records, newestSeq(disk), rot) })
}

/** Damage matters where a restart reads: mostly in what comes after the newest checkpoint. */
function newestSeq({ checkpoints }: MemoryDisk): number {
  return checkpoints.at(-1)?.seq ?? 0
}

function rottenRecords(records: readonly JournalRecord[], fromSeq: number, rot: JournalRot): JournalRecord[] {
  const { target, which } = rot
  const first = which < 0.75 ? fromSeq : 0
  const share = which < 0.75 ? which / 0.75 : (which - 0.75) / 0.25
  const at = Math.min(records.length - 1, first + Math.floor(share * (records.length - first)))
  const [one, next] = [records[at], records[at + 1]]
  if (one === undefined) return [...records]
  if (target === 'lost') return records.toSpliced(at, 1)
  if (target === 'swapped') return next === undefined ? [...records] : records.toSpliced(at, 2, next, one)
  return records.with(at, rottenRecord(one, rot))
}

function rottenRecord(record: JournalRecord, { target, bit }: JournalRot): JournalRecord {
  switch (target) {
    case 'payload':
    case 'outputs':
      return { ...record, [target]: flipped(record[target], bit) }
    case 'wallMs':
    case 'timeMs':
    case 'epoch':
      return { ...record, [target]: record[target] + 2 ** Math.floor(bit * 8) }
    case 'id':
    case 'prevHash':
    case 'hash': {
      const text = record[target]
      const at = Math.floor(bit * text.length)
      return {
        ...record,
        [target]: `${text.slice(0, at)}${text[at] === '0' ? '1' : '0'}${text.slice(at + 1)}`,
      }
    }
    default:
      return record
  }
}

function rottenCheckpoints(
  checkpoints: readonly Checkpoint[],
  { target, which, bit }: JournalRot,
): Checkpoint[] {
  const [newest, before] = [checkpoints.at(-1), checkpoints.at(-2)]
  if (newest === undefined) return []
  const others = checkpoints.slice(0, -1)
  if (target === 'checkpoint') return [...others, { ...newest, state: flipped(newest.state, bit) }]
  if (target === 'checkpoint-of-others') return [...others, ofAnotherHistory(newest, which)]
  return before === undefined ? [...checkpoints] : [...others, { ...before, seq: newest.seq }]
}

/** As sound in itself as any, of the same sequence, and of a journal that had another past. */
function ofAnotherHistory(checkpoint: Checkpoint, which: number): Checkpoint {
  const state = decodeCanonical(checkpoint.state) as unknown as { readonly actors: readonly CborValue[][] }
  const { actors } = state
  const at = Math.floor(which * actors.length)
  const changed = actors.map((actor, index) => (index === at ? [...actor.slice(0, -1), 0] : actor))
  const bytes = encodeCanonical({ ...state, actors: changed } as unknown as CborValue)
  return { ...checkpoint, state: bytes, stateHash: digestOfBytes(bytes) }
}

function rottenBlobs(blobs: MemoryDisk['blobs'], { which, bit }: JournalRot): MemoryDisk['blobs'] {
  const copy = new Map(blobs)
  const digest = [...blobs.keys()][Math.floor(which * blobs.size)]
  const bytes = digest === undefined ? undefined : blobs.get(digest)
  if (digest !== undefined && bytes !== undefined) copy.set(digest, flipped(bytes, bit))
  return copy
}

function flipped(bytes: Uint8Array, bit: number): Uint8Array {
  const copy = Uint8Array.from(bytes)
  const at = Math.floor(bit * copy.length * 8)
  const index = at >> 3
  copy[index] = (copy[index] ?? 0) ^ (1 << (at & 7))
  return copy
}
