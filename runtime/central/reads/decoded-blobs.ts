import type { CborValue } from '../../../actors/vocabulary/canonical/cbor-value.ts'
import { decodeCanonical } from '../../../actors/vocabulary/canonical/decode-cbor.ts'
import type { Digest } from '../../../actors/vocabulary/canonical/digest.ts'
import { KonorError } from '../../../actors/vocabulary/errors/konor-error.ts'
import type { Leader } from '../../engine/leader.ts'

/** Encoded bytes of the decoded blobs that are kept; decoded ones take a small multiple of that. */
export const DECODED_BYTES_MAX = 32 * 1024 * 1024

export type DecodedMap = Readonly<Record<string, CborValue>>

interface Held {
  readonly value: DecodedMap
  readonly sizeBytes: number
}

/**
 * Blobs that hold a canonical CBOR map, decoded, by digest. A digest names its content for ever, so nothing
 * kept is ever wrong; the ones used longest ago go first. Readers that ask for one at the same time share its
 * decoding.
 */
export class DecodedBlobs {
  readonly #getBlob: Leader['getBlob']
  readonly #bytesMax: number
  readonly #held = new Map<Digest, Held>()
  readonly #loading = new Map<Digest, Promise<DecodedMap>>()
  #sizeBytes = 0

  constructor(getBlob: Leader['getBlob'], bytesMax = DECODED_BYTES_MAX) {
    this.#getBlob = getBlob
    this.#bytesMax = bytesMax
  }

  /** Encoded bytes of what is kept. */
  get sizeBytes(): number {
    return this.#sizeBytes
  }

  /** `KONOR_JOURNAL_CORRUPT` when the journal lacks a blob that the state names. */
  get(digest: Digest): Promise<DecodedMap> {
    const held = this.#held.get(digest)
    if (held !== undefined) {
      this.#held.delete(digest)
      this.#held.set(digest, held)
      return Promise.resolve(held.value)
    }
    const under = this.#loading.get(digest)
    if (under !== undefined) return under
    const loading = this.#load(digest).finally(() => this.#loading.delete(digest))
    this.#loading.set(digest, loading)
    return loading
  }

  async #load(digest: Digest): Promise<DecodedMap> {
    const bytes = await this.#getBlob(digest)
    if (bytes === undefined) {
      throw new KonorError(
        'KONOR_JOURNAL_CORRUPT',
        `the blob ${digest} that the state names is not in the journal`,
        {
          details: { digest },
        },
      )
    }
    const value = decodeCanonical(bytes) as DecodedMap
    this.#keep(digest, { value, sizeBytes: bytes.length })
    return value
  }

  #keep(digest: Digest, held: Held): void {
    this.#held.set(digest, held)
    this.#sizeBytes += held.sizeBytes
    for (const [oldest, { sizeBytes }] of this.#held) {
      if (this.#sizeBytes <= this.#bytesMax) break
      this.#held.delete(oldest)
      this.#sizeBytes -= sizeBytes
    }
  }
}
