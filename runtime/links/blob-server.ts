import type { Digest } from '../../actors/vocabulary/canonical/digest.ts'
import { isKonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import { LINK_CHUNK_BYTES, type Link } from './link.ts'
import { encodeCentralMessage } from './link-codec.ts'
import type { CentralMessage, FetchMessage } from './protocol.ts'

/** Fetches of one link that wait for their answer; a peer that asks for more is refused. */
export const LINK_FETCHES_MAX = 16
/** Blobs that are kept after a chunk of them was sent, because the next chunks are asked for soon. */
export const BLOB_CACHE_BYTES_MAX = 48 * 1024 * 1024

export interface BlobServerOptions {
  /** The blob of that digest, undefined when there is none. Called once for many chunks. */
  readonly getBlob: (digest: Digest) => Promise<Uint8Array | undefined>
  /** Told of each `getBlob` that failed; the peer only hears that the blob cannot be read now. */
  readonly onError: (error: unknown, digest: Digest) => void
  readonly cacheBytesMax?: number
}

export interface BlobServer {
  /** Answers one `fetch` with one `chunk` or a `refused` about the digest. Resolves when the answer is queued. */
  serve(link: Pick<Link, 'send' | 'drained'>, message: FetchMessage): Promise<void>
}

/**
 * The giving half of blob transfers, one for all links. It keeps nothing about a transfer: each fetch names its offset,
 * so a transfer goes on over another link, or with another central.
 */
export function createBlobServer(options: BlobServerOptions): BlobServer {
  const blobs = new BlobCache(options.getBlob, options.cacheBytesMax ?? BLOB_CACHE_BYTES_MAX)
  const queues = new WeakMap<object, { waiting: number; last: Promise<void> }>()

  async function answer(link: Pick<Link, 'send' | 'drained'>, message: FetchMessage): Promise<void> {
    const reply = encodeCentralMessage(await replyTo(message))
    while (!link.send(reply)) await link.drained()
  }

  async function replyTo({ digest, offset }: FetchMessage): Promise<CentralMessage> {
    try {
      const blob = await blobs.get(digest)
      if (blob === undefined) return refused('KONOR_LINK_BLOB_REFUSED', 'this blob is not held here', digest)
      if (offset > blob.length)
        return refused('KONOR_LINK_BLOB_REFUSED', 'the offset is past the end', digest)
      const bytes = blob.subarray(offset, offset + LINK_CHUNK_BYTES)
      return { t: 'chunk', digest, offset, sizeBytes: blob.length, bytes }
    } catch (error) {
      options.onError(error, digest)
      const code = isKonorError(error) ? error.code : 'KONOR_LINK_BLOB_REFUSED'
      return refused(code, 'the blob cannot be read now', digest)
    }
  }

  return {
    async serve(link, message) {
      const queue = queues.get(link) ?? { waiting: 0, last: Promise.resolve() }
      queues.set(link, queue)
      if (queue.waiting >= LINK_FETCHES_MAX) {
        link.send(
          encodeCentralMessage(refused('KONOR_LINK_BLOB_BUSY', 'too many fetches at once', message.digest)),
        )
        return
      }
      queue.waiting++
      // One answer after the other: chunks leave in the order they were asked for, and wait for room in the queue.
      const mine = queue.last.then(() => answer(link, message))
      queue.last = mine.then(
        () => void queue.waiting--,
        () => void queue.waiting--,
      )
      await mine
    },
  }
}

function refused(code: string, message: string, about: Digest): CentralMessage {
  return { t: 'refused', code, message, final: false, about }
}

/** The most recently used blobs within a bound of bytes; a load that is under way is shared. */
class BlobCache {
  readonly #load: (digest: Digest) => Promise<Uint8Array | undefined>
  readonly #bytesMax: number
  readonly #held = new Map<Digest, Uint8Array>()
  readonly #loading = new Map<Digest, Promise<Uint8Array | undefined>>()
  #heldBytes = 0

  constructor(load: (digest: Digest) => Promise<Uint8Array | undefined>, bytesMax: number) {
    this.#load = load
    this.#bytesMax = bytesMax
  }

  async get(digest: Digest): Promise<Uint8Array | undefined> {
    const held = this.#held.get(digest)
    if (held !== undefined) {
      this.#held.delete(digest)
      this.#held.set(digest, held)
      return held
    }
    const loading = this.#loading.get(digest) ?? this.#start(digest)
    return loading
  }

  #start(digest: Digest): Promise<Uint8Array | undefined> {
    const loading = this.#load(digest)
      .then(blob => {
        if (blob !== undefined) this.#keep(digest, blob)
        return blob
      })
      .finally(() => this.#loading.delete(digest))
    this.#loading.set(digest, loading)
    return loading
  }

  #keep(digest: Digest, blob: Uint8Array): void {
    this.#held.set(digest, blob)
    this.#heldBytes += blob.length
    for (const [oldest, { length }] of this.#held) {
      if (this.#heldBytes <= this.#bytesMax) return
      this.#held.delete(oldest)
      this.#heldBytes -= length
    }
  }
}
