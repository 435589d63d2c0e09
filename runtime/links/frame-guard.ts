import { KonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import { LINK_MESSAGE_BYTES_MAX } from './link.ts'

/** Bytes of the length before each frame (little-endian). */
export const FRAME_HEADER_BYTES = 3
/** What encryption adds to a message: a tag byte and a Poly1305 code. */
export const FRAME_SEAL_BYTES = 17
/** The first byte of what is sealed: the kind of the frame. */
export const KIND_BYTES = 1

const FRAME_BYTES_MIN = KIND_BYTES + FRAME_SEAL_BYTES
const FRAME_BYTES_MAX = FRAME_BYTES_MIN + LINK_MESSAGE_BYTES_MAX
/** Noise IK, initiator to responder: ephemeral key, sealed static key, sealed empty payload. */
const IK_REQUEST_BYTES = 32 + 48 + 16
/** Stream id and secretstream header, sent once by each side after the handshake. */
const STREAM_HEADER_BYTES = 32 + 24
/** Noise IK, responder to initiator, is 48 bytes; a shorter frame is how a responder says that it cannot answer. */
const IK_ANSWER_BYTES_MAX = 48

/**
 * Watches the lengths in a peer's raw bytes before anybody takes memory for them: a secret stream by itself would
 * believe any length up to 16 MiB, also before the handshake. The two frames of the handshake have their exact sizes,
 * later ones at most a message's.
 */
export class FrameGuard {
  readonly #fromInitiator: boolean
  #frames = 0
  #headerBytes = 0
  #header = 0
  #left = 0
  #length = 0

  /** `fromInitiator`: the bytes come from the side that dialled. */
  constructor(fromInitiator: boolean) {
    this.#fromInitiator = fromInitiator
  }

  /** Frames that have begun. */
  get frames(): number {
    return this.#frames
  }

  /** Whole length of the frame that has begun and not ended, 0 when none: memory that is taken for it. */
  get unfinishedBytes(): number {
    return this.#left > 0 ? this.#length : 0
  }

  /** True when the stream may end here. */
  get atBoundary(): boolean {
    return this.#left === 0 && this.#headerBytes === 0
  }

  /** Follows the next bytes. Undefined when they may be used, else what is wrong with them. */
  refuse(bytes: Uint8Array): KonorError | undefined {
    for (let at = 0; at < bytes.length;) {
      if (this.#left > 0) {
        const taken = Math.min(this.#left, bytes.length - at)
        this.#left -= taken
        at += taken
        continue
      }
      this.#header |= (bytes[at] ?? 0) << (8 * this.#headerBytes)
      at++
      if (++this.#headerBytes < FRAME_HEADER_BYTES) continue
      const error = this.#judge(this.#header)
      if (error !== undefined) return error
      this.#length = this.#left = this.#header
      this.#header = this.#headerBytes = 0
      this.#frames++
    }
    return undefined
  }

  #judge(length: number): KonorError | undefined {
    if (this.#frames === 0) {
      const right = this.#fromInitiator
        ? length === IK_REQUEST_BYTES
        : length > 0 && length <= IK_ANSWER_BYTES_MAX
      return right ? undefined : malformed('the handshake', length)
    }
    if (this.#frames === 1)
      return length === STREAM_HEADER_BYTES ? undefined : malformed('the stream header', length)
    if (length < FRAME_BYTES_MIN) return malformed('a message', length)
    if (length <= FRAME_BYTES_MAX) return undefined
    return new KonorError(
      'KONOR_LINK_OVERSIZED',
      `the peer announced a message of ${length - FRAME_BYTES_MIN} bytes; at most ${LINK_MESSAGE_BYTES_MAX} are taken`,
    )
  }
}

function malformed(what: string, length: number): KonorError {
  return new KonorError('KONOR_LINK_MALFORMED', `the peer sent ${what} with the impossible length ${length}`)
}
