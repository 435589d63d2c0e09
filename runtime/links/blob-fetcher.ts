import { createHash } from 'node:crypto'
import type { Digest } from '../../actors/vocabulary/canonical/digest.ts'
import { KonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import { LINK_CHUNK_BYTES, type Link } from './link.ts'
import { encodeAgentMessage } from './link-codec.ts'
import { LINK_BLOB_BYTES_MAX } from './message-bounds.ts'
import type { ChunkMessage, Refused } from './protocol.ts'

/** Chunks that are asked for and have not come, of one transfer: other messages wait behind 256 KiB at most. */
export const BLOB_WINDOW_CHUNKS = 4
/** Transfers at once; each holds the memory of its blob. Others wait their turn. */
export const BLOB_TRANSFERS_MAX = 2
/** Transfers that wait; more are refused with `KONOR_LINK_BLOB_BUSY`. */
export const BLOB_TRANSFERS_WAITING_MAX = 1_024

export interface BlobFetcher {
  /**
   * The bytes of a blob, their digest verified. It waits for a link, goes on where it was when a link is replaced, and
   * shares a transfer that runs already. Rejects with `KONOR_LINK_BLOB_REFUSED`, `…_DAMAGED`, `…_BUSY`, `…_ABORTED`.
   */
  fetch(digest: Digest, sizeBytes: number): Promise<Uint8Array>
  /** Ends a transfer whose blob is not wanted any more. */
  abort(digest: Digest): void
  /** A link is up: what is missing is asked for through it. */
  linkUp(link: Pick<Link, 'send' | 'drained'>): void
  linkDown(): void
  onChunk(message: ChunkMessage): void
  /** True when the refusal was about a transfer of this fetcher. */
  onRefused(message: Refused): boolean
}

interface Transfer {
  readonly digest: Digest
  readonly sizeBytes: number
  readonly result: Promise<Uint8Array>
  readonly resolve: (bytes: Uint8Array) => void
  readonly reject: (error: Error) => void
  /** Taken when its turn comes. */
  bytes: Uint8Array | undefined
  readonly hash: ReturnType<typeof createHash>
  /**
   * Chunks arrive in order: everything before `receivedBytes` is there, everything before `askedBytes` is asked for.
   */
  receivedBytes: number
  askedBytes: number
}

/** The asking half of blob transfers, for the one link that an agent has at a time. */
export function createBlobFetcher(): BlobFetcher {
  return new Fetcher()
}

class Fetcher implements BlobFetcher {
  /** In the order of their `fetch`; the first `BLOB_TRANSFERS_MAX` run. */
  readonly #transfers = new Map<Digest, Transfer>()
  #link: Pick<Link, 'send' | 'drained'> | undefined
  #waitsForRoom = false

  fetch(digest: Digest, sizeBytes: number): Promise<Uint8Array> {
    const running = this.#transfers.get(digest)
    if (running !== undefined && running.sizeBytes === sizeBytes) return running.result
    const refusal = refuseFetch(digest, sizeBytes, running !== undefined, this.#transfers.size)
    if (refusal !== undefined) return Promise.reject(refusal)
    const transfer = createTransfer(digest, sizeBytes)
    this.#transfers.set(digest, transfer)
    this.#ask()
    return transfer.result
  }

  abort(digest: Digest): void {
    const transfer = this.#transfers.get(digest)
    if (transfer === undefined) return
    this.#end(transfer, new KonorError('KONOR_LINK_BLOB_ABORTED', `the transfer of ${digest} was stopped`))
  }

  linkUp(link: Pick<Link, 'send' | 'drained'>): void {
    this.#link = link
    this.#waitsForRoom = false
    for (const transfer of this.#transfers.values()) transfer.askedBytes = transfer.receivedBytes
    this.#ask()
  }

  linkDown(): void {
    this.#link = undefined
  }

  onChunk(message: ChunkMessage): void {
    const transfer = this.#transfers.get(message.digest)
    // A chunk that nobody waits for is the late answer to a transfer that was stopped.
    if (transfer === undefined || message.offset !== transfer.receivedBytes) return
    if (transfer.askedBytes <= message.offset) return
    const expectedBytes = Math.min(LINK_CHUNK_BYTES, transfer.sizeBytes - message.offset)
    if (message.sizeBytes !== transfer.sizeBytes || message.bytes.length !== expectedBytes)
      return this.#end(transfer, damaged(transfer, 'it has another size'))
    transfer.bytes ??= new Uint8Array(transfer.sizeBytes)
    transfer.bytes.set(message.bytes, message.offset)
    transfer.hash.update(message.bytes)
    transfer.receivedBytes += message.bytes.length
    if (transfer.receivedBytes < transfer.sizeBytes) return this.#ask()
    const isWhole = transfer.hash.digest('hex') === transfer.digest
    this.#end(transfer, isWhole ? undefined : damaged(transfer, 'its bytes have another digest'))
  }

  onRefused(message: Refused): boolean {
    const transfer = message.about === undefined ? undefined : this.#transfers.get(message.about as Digest)
    if (transfer === undefined) return false
    const text = `the peer does not give the blob ${transfer.digest}: ${message.message}`
    const details = { code: message.code }
    this.#end(transfer, new KonorError('KONOR_LINK_BLOB_REFUSED', text, { details }))
    return true
  }

  #ask(): void {
    let running = 0
    for (const transfer of this.#transfers.values()) {
      if (this.#link === undefined || this.#waitsForRoom || ++running > BLOB_TRANSFERS_MAX) return
      this.#askFor(transfer, this.#link)
    }
  }

  #askFor(transfer: Transfer, link: Pick<Link, 'send' | 'drained'>): void {
    const untilBytes = transfer.receivedBytes + BLOB_WINDOW_CHUNKS * LINK_CHUNK_BYTES
    // An empty blob still needs one chunk: the peer must say that it has it.
    while (transfer.askedBytes < Math.min(untilBytes, Math.max(1, transfer.sizeBytes))) {
      const message = { t: 'fetch', digest: transfer.digest, offset: transfer.askedBytes } as const
      if (!link.send(encodeAgentMessage(message))) return this.#waitForRoom(link)
      transfer.askedBytes += LINK_CHUNK_BYTES
    }
  }

  #waitForRoom(link: Pick<Link, 'send' | 'drained'>): void {
    this.#waitsForRoom = true
    void link.drained().then(() => {
      if (this.#link !== link) return
      this.#waitsForRoom = false
      this.#ask()
    })
  }

  #end(transfer: Transfer, error: Error | undefined): void {
    this.#transfers.delete(transfer.digest)
    if (error === undefined) transfer.resolve(transfer.bytes ?? new Uint8Array(0))
    else transfer.reject(error)
    this.#ask()
  }
}

function createTransfer(digest: Digest, sizeBytes: number): Transfer {
  const { promise, resolve, reject } = deferred<Uint8Array>()
  return {
    digest,
    sizeBytes,
    result: promise,
    resolve,
    reject,
    bytes: undefined,
    hash: createHash('sha256'),
    receivedBytes: 0,
    askedBytes: 0,
  }
}

function refuseFetch(
  digest: Digest,
  sizeBytes: number,
  isOther: boolean,
  count: number,
): KonorError | undefined {
  if (isOther || sizeBytes > LINK_BLOB_BYTES_MAX)
    return new KonorError('KONOR_LINK_BLOB_DAMAGED', `the blob ${digest} cannot have ${sizeBytes} bytes`)
  if (count >= BLOB_TRANSFERS_MAX + BLOB_TRANSFERS_WAITING_MAX)
    return new KonorError('KONOR_LINK_BLOB_BUSY', `${count} blob transfers run or wait already`)
  return undefined
}

function damaged({ digest }: Transfer, why: string): KonorError {
  return new KonorError('KONOR_LINK_BLOB_DAMAGED', `the blob ${digest} arrived damaged: ${why}`)
}

function deferred<T>() {
  let resolve: (value: T) => void = () => {}
  let reject: (error: Error) => void = () => {}
  const promise = new Promise<T>((onResolve, onReject) => {
    resolve = onResolve
    reject = onReject
  })
  return { promise, resolve, reject }
}
