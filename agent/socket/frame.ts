import { KonorError } from '../../actors/vocabulary/errors/konor-error.ts'

/** The 4-byte big-endian length before each CBOR map. */
export const FRAME_HEADER_BYTES = 4
/** Longest CBOR map of one frame, without its header. */
export const FRAME_BODY_MAX_BYTES = 2 * 1024 * 1024

/** A body with its length in front, as one piece, so that a frame is one write. */
export function frameOf(body: Uint8Array): Uint8Array {
  if (body.length > FRAME_BODY_MAX_BYTES) throw tooLarge(body.length)
  const frame = Buffer.allocUnsafe(FRAME_HEADER_BYTES + body.length)
  frame.writeUInt32BE(body.length, 0)
  frame.set(body, FRAME_HEADER_BYTES)
  return frame
}

/**
 * Cuts a byte stream into frame bodies. It holds at most about twice what arrived of an unfinished frame, whatever
 * length its header claims, and refuses a claim beyond the bound as soon as the four bytes are there.
 */
export class FrameReader {
  #bytes: Buffer = EMPTY
  #start = 0
  #end = 0

  /** Bytes received and not yet given out. */
  get bufferedBytes(): number {
    return this.#end - this.#start
  }

  /** Adds received bytes. Bodies given out before are no longer valid afterwards. */
  push(chunk: Uint8Array): void {
    if (chunk.length === 0) return
    if (this.#start === this.#end) {
      // The usual case, a chunk that holds whole frames, is read in place.
      this.#bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
      this.#start = 0
      this.#end = chunk.length
      return
    }
    this.#reserve(chunk.length)
    this.#bytes.set(chunk, this.#end)
    this.#end += chunk.length
  }

  /**
   * The next whole body, or undefined until more arrives. Throws `KONOR_SOCKET_FRAME_TOO_LARGE`, and
   * `KONOR_SOCKET_MALFORMED` for an empty frame; the stream is of no use after that.
   */
  next(): Uint8Array | undefined {
    if (this.bufferedBytes < FRAME_HEADER_BYTES) return undefined
    const length = this.#bytes.readUInt32BE(this.#start)
    if (length > FRAME_BODY_MAX_BYTES) throw tooLarge(length)
    if (length === 0)
      throw new KonorError('KONOR_SOCKET_MALFORMED', 'an empty frame: send one CBOR map in each')
    if (this.bufferedBytes < FRAME_HEADER_BYTES + length) return undefined
    const bodyStart = this.#start + FRAME_HEADER_BYTES
    this.#start = bodyStart + length
    return this.#bytes.subarray(bodyStart, this.#start)
  }

  #reserve(sizeBytes: number): void {
    const held = this.bufferedBytes
    const needed = held + sizeBytes
    // An adopted chunk may be a view into a larger slab that others write to: never append to it in place.
    const owned = this.#bytes.byteOffset === 0 && this.#bytes.length === this.#bytes.buffer.byteLength
    if (owned && this.#end + sizeBytes <= this.#bytes.length) return
    const grown = Buffer.allocUnsafeSlow(needed * 2)
    this.#bytes.copy(grown, 0, this.#start, this.#end)
    this.#bytes = grown
    this.#start = 0
    this.#end = held
  }
}

const EMPTY = Buffer.alloc(0)

function tooLarge(lengthBytes: number): KonorError {
  return new KonorError(
    'KONOR_SOCKET_FRAME_TOO_LARGE',
    `a frame of ${lengthBytes} bytes: the bound is ${FRAME_BODY_MAX_BYTES}; fetch large bundles with snapshot`,
    { details: { lengthBytes, maxBytes: FRAME_BODY_MAX_BYTES } },
  )
}
