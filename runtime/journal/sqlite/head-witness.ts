import { closeSync, constants, fsyncSync, openSync, readSync, writeSync } from 'node:fs'
import { type Digest, digestOfBytes, isDigest } from '../../../actors/vocabulary/canonical/digest.ts'
import { KonorError } from '../../../actors/vocabulary/errors/konor-error.ts'

/** What a witness saw: the head of the journal after an acknowledged append. */
export interface Witnessed {
  readonly seq: number
  readonly hash: Digest
}

const SLOT_BYTES = 128
const SLOTS = 2

/**
 * A small file beside the database that names the last acknowledged record, because SQLite cannot: when a bit
 * of its write-ahead log flips, or the log is gone, it takes everything from there on as never committed,
 * without a word.
 *
 * It is written after each commit and before the acknowledgement, in place, into two slots in turn, and not
 * synced: so it may fall behind the journal (a crash between the two, a power cut), but never names what was
 * not durable. A journal that lacks what its witness saw has lost acknowledged records.
 */
export class HeadWitness {
  readonly #descriptor: number
  #turn = 0

  private constructor(descriptor: number) {
    this.#descriptor = descriptor
  }

  /** What `file` says: undefined when it was never written. Throws `KONOR_JOURNAL_CORRUPT` when no slot is whole. */
  static read(file: string): Witnessed | undefined {
    const bytes = Buffer.alloc(SLOT_BYTES * SLOTS)
    const descriptor = openIfThere(file)
    if (descriptor === undefined) return undefined
    try {
      readSync(descriptor, bytes, 0, bytes.length, 0)
    } finally {
      closeSync(descriptor)
    }
    const slots = [decodeSlot(bytes.subarray(0, SLOT_BYTES)), decodeSlot(bytes.subarray(SLOT_BYTES))]
    const newest = slots.filter(slot => slot !== undefined).sort((a, b) => b.seq - a.seq)[0]
    // One slot may be torn by a power cut. The other one is then whole, and no older than one append.
    if (newest !== undefined) return newest
    throw new KonorError(
      'KONOR_JOURNAL_CORRUPT',
      `the journal's head file is damaged: ${file}; restore a backup`,
    )
  }

  /** Starts a witness that has seen `head`, in both slots and durably. */
  static start(file: string, head: Witnessed): HeadWitness {
    const descriptor = openSync(file, constants.O_RDWR | constants.O_CREAT, 0o600)
    const witness = new HeadWitness(descriptor)
    witness.note(head)
    witness.note(head)
    fsyncSync(descriptor)
    return witness
  }

  /**
   * Synchronous on purpose: a write of one sector into the page cache takes a few microseconds, a trip
   * through the thread pool ten times that, and it is on the way of every append.
   */
  note(head: Witnessed): void {
    writeSync(this.#descriptor, encodeSlot(head), 0, SLOT_BYTES, this.#turn * SLOT_BYTES)
    this.#turn = (this.#turn + 1) % SLOTS
  }

  close(): void {
    fsyncSync(this.#descriptor)
    closeSync(this.#descriptor)
  }
}

function encodeSlot({ seq, hash }: Witnessed): Buffer {
  const body = `${seq} ${hash}`
  return Buffer.from(`${body} ${checksum(body)}`.padEnd(SLOT_BYTES - 1) + '\n', 'latin1')
}

function decodeSlot(bytes: Buffer): Witnessed | undefined {
  const [seq, hash, sum] = bytes.toString('latin1').trimEnd().split(' ')
  if (seq === undefined || hash === undefined || sum !== checksum(`${seq} ${hash}`) || !isDigest(hash))
    return undefined
  return { seq: Number(seq), hash }
}

function checksum(body: string): string {
  return digestOfBytes(Buffer.from(body, 'latin1')).slice(0, 16)
}

function openIfThere(file: string): number | undefined {
  try {
    return openSync(file, constants.O_RDONLY)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw new KonorError('KONOR_JOURNAL_IO', `the journal's head file cannot be read: ${file}`, {
      cause: error,
    })
  }
}
