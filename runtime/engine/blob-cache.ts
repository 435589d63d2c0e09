import type { Digest } from '../../actors/vocabulary/canonical/digest.ts'

/** Bytes of blobs kept in memory: heads and bundles that the next change is likely to need. */
export const BLOB_CACHE_BYTES_MAX = 64 * 1024 * 1024

/** The blobs used last, by digest, bounded by their bytes. */
export class BlobCache {
  readonly #blobs = new Map<Digest, Uint8Array>()
  readonly #bytesMax: number
  #bytes = 0

  constructor(bytesMax = BLOB_CACHE_BYTES_MAX) {
    this.#bytesMax = bytesMax
  }

  get(digest: Digest): Uint8Array | undefined {
    const bytes = this.#blobs.get(digest)
    if (bytes !== undefined) {
      this.#blobs.delete(digest)
      this.#blobs.set(digest, bytes)
    }
    return bytes
  }

  set(digest: Digest, bytes: Uint8Array): void {
    if (this.#blobs.has(digest)) return
    this.#blobs.set(digest, bytes)
    this.#bytes += bytes.length
    for (const [oldest, held] of this.#blobs) {
      // What was just put in stays, however large: the caller is about to use it.
      if (this.#bytes <= this.#bytesMax || oldest === digest) break
      this.#blobs.delete(oldest)
      this.#bytes -= held.length
    }
  }
}
