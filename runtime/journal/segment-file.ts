import { open, readFile, rename, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gunzip, gzip } from 'node:zlib'
import type { CborValue } from '../../actors/vocabulary/canonical/cbor-value.ts'
import { decodeCanonical } from '../../actors/vocabulary/canonical/decode-cbor.ts'
import { digestOfBytes, isDigest } from '../../actors/vocabulary/canonical/digest.ts'
import { encodeCanonical } from '../../actors/vocabulary/canonical/encode-canonical.ts'
import { KonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import type { JournalRecord } from './journal.ts'
import type { Segment } from './sqlite/segments.ts'
import { syncDirectory } from './sync-directory.ts'

/** Records in a segment, and the sum of their bytes after which it takes no further one. */
export const SEGMENT_RECORDS_MAX = 4_096
export const SEGMENT_BYTES_MAX = 16 * 1024 * 1024
/** The most that a file may unpack to: a full segment, one largest record more, and what frames them. */
const UNPACKED_BYTES_MAX = 64 * 1024 * 1024
const SEGMENT_FORMAT = 1

const pack = promisify(gzip)
const unpack = promisify(gunzip)

/** `FROM-TO.cbor.gz`, after the sequences it holds. */
export function segmentFileName({ fromSeq, toSeq }: Pick<Segment, 'fromSeq' | 'toSeq'>): string {
  return `${fromSeq}-${toSeq}.cbor.gz`
}

/**
 * Writes records, which are consecutive, as one archive file: a temporary file, synced, renamed, its
 * directory synced; then reads it back from the disk and compares. Writing the same records again replaces
 * the file by its equal.
 */
export async function writeSegment(directory: string, records: readonly JournalRecord[]): Promise<Segment> {
  const [first, last] = [records[0], records.at(-1)]
  if (first === undefined || last === undefined) throw new RangeError('a segment holds one record at least')
  const bytes = await encodeSegment(records)
  const segment: Segment = {
    fromSeq: first.seq,
    toSeq: last.seq,
    lastHash: last.hash,
    digest: digestOfBytes(bytes),
    sizeBytes: bytes.length,
  }
  await mkdir(directory, { recursive: true, mode: 0o700 })
  await writeSegmentBytes(directory, segment, bytes)
  await decodeSegment(segment, await readSegmentFile(directory, segment))
  return segment
}

/** Puts a segment's bytes in place under its name, durably. */
export async function writeSegmentBytes(
  directory: string,
  segment: Segment,
  bytes: Uint8Array,
): Promise<void> {
  const file = join(directory, segmentFileName(segment))
  const temporary = `${file}.partial`
  const handle = await open(temporary, 'w', 0o600)
  try {
    await handle.writeFile(bytes)
    await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(temporary, file)
  await syncDirectory(directory)
}

export async function readSegmentFile(directory: string, segment: Segment): Promise<Uint8Array> {
  try {
    return await readFile(join(directory, segmentFileName(segment)))
  } catch (cause) {
    throw damaged(segment, 'its file cannot be read', cause)
  }
}

/** The records of an archive file whose bytes are those that were written; `KONOR_JOURNAL_CORRUPT` otherwise. */
export async function decodeSegment(segment: Segment, bytes: Uint8Array): Promise<JournalRecord[]> {
  if (digestOfBytes(bytes) !== segment.digest) throw damaged(segment, 'its file is not what its digest says')
  let value: CborValue
  try {
    const unpacked = await unpack(bytes, { maxOutputLength: UNPACKED_BYTES_MAX })
    // As plain bytes: a Buffer's slices would all share, and so keep, the whole of it.
    value = decodeCanonical(new Uint8Array(unpacked.buffer, unpacked.byteOffset, unpacked.length))
  } catch (cause) {
    throw damaged(segment, 'its file cannot be unpacked', cause)
  }
  const records = recordsIn(value, segment.fromSeq)
  const last = records?.at(-1)
  if (records === undefined || last?.seq !== segment.toSeq || last.hash !== segment.lastHash) {
    throw damaged(segment, 'its file holds something else')
  }
  return records
}

async function encodeSegment(records: readonly JournalRecord[]): Promise<Uint8Array> {
  const rows = records.map(({ id, timeline, epoch, timeMs, wallMs, payload, outputs, hash }) => {
    return [id, timeline, epoch, timeMs, wallMs, payload, outputs, hash]
  })
  return pack(encodeCanonical([SEGMENT_FORMAT, records[0]?.prevHash ?? '', rows]))
}

function recordsIn(value: CborValue, fromSeq: number): JournalRecord[] | undefined {
  if (!Array.isArray(value)) return undefined
  const [format, firstPrevHash, rows] = value as readonly CborValue[]
  if (format !== SEGMENT_FORMAT || typeof firstPrevHash !== 'string' || !isDigest(firstPrevHash))
    return undefined
  if (!Array.isArray(rows)) return undefined
  let prevHash = firstPrevHash
  const records: JournalRecord[] = []
  for (const row of rows as readonly CborValue[]) {
    if (!Array.isArray(row)) return undefined
    const [id, timeline, epoch, timeMs, wallMs, payload, outputs, hash] = row as readonly CborValue[]
    if (typeof id !== 'string' || typeof hash !== 'string' || !isDigest(hash)) return undefined
    if (typeof timeline !== 'number' || typeof epoch !== 'number') return undefined
    if (typeof timeMs !== 'number' || typeof wallMs !== 'number') return undefined
    if (!(payload instanceof Uint8Array) || !(outputs instanceof Uint8Array)) return undefined
    const seq = fromSeq + records.length
    records.push({ seq, id, timeline, epoch, timeMs, wallMs, payload, outputs, prevHash, hash })
    prevHash = hash
  }
  return records
}

function damaged({ fromSeq, toSeq }: Segment, what: string, cause?: unknown): KonorError {
  return new KonorError(
    'KONOR_JOURNAL_CORRUPT',
    `the journal is damaged: archived records ${fromSeq} to ${toSeq}: ${what}; restore a backup`,
    { ...(cause === undefined ? {} : { cause }), details: { seq: fromSeq, toSeq } },
  )
}
