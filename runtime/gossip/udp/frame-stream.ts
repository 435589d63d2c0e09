import type { CancelTimer, Clock } from '../../ports/clock.ts'
import { streamFailed } from '../wire/stream-seal.ts'
import type { ByteStream } from './gossip-sockets.ts'

const LENGTH_BYTES = 4

/** Memory that all streams of a host share. */
export interface UnfinishedBytes {
  /** False when there is no room. */
  take(sizeBytes: number): boolean
  give(sizeBytes: number): void
}

interface Wanted {
  readonly sizeBytes: number
  readonly resolve: (bytes: Buffer) => void
  readonly reject: (error: Error) => void
}

/**
 * Reads a socket piece by piece. What arrives is held only up to what is being read, within the shared bound; the rest
 * stays with the kernel, and so with the sender.
 */
export class FrameStream {
  readonly #socket: ByteStream
  readonly #clock: Clock
  readonly #unfinished: UnfinishedBytes
  #chunks: Buffer[] = []
  #heldBytes = 0
  #wanted: Wanted | undefined
  #room: { readonly resolve: () => void; readonly reject: (error: Error) => void } | undefined
  #ended: Error | undefined
  #cancelTimeout: CancelTimer = () => {}

  constructor(socket: ByteStream, unfinished: UnfinishedBytes, clock: Clock) {
    this.#socket = socket
    this.#clock = clock
    this.#unfinished = unfinished
    socket.pause()
    socket.on('data', chunk => this.#arrived(chunk))
    socket.on('end', () => this.#fail('it ended too early'))
    socket.on('error', cause => this.#fail('it broke', cause))
    socket.on('close', () => this.#fail('it was closed'))
    socket.on('drain', () => {
      this.#room?.resolve()
      this.#room = undefined
    })
  }

  /** Ends the stream unless what follows is done within this time. */
  limit(timeoutMs: number): void {
    this.#cancelTimeout()
    this.#cancelTimeout = this.#clock.startTimer(timeoutMs, () => this.#fail('it took too long'))
  }

  /** Exactly so many bytes. One read at a time. Throws `KONOR_GOSSIP_STREAM`. */
  read(sizeBytes: number): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      if (this.#ended !== undefined) return reject(this.#ended)
      this.#wanted = { sizeBytes, resolve, reject }
      this.#serve()
    })
  }

  /** A frame: 4 bytes of length, then the bytes. A longer one is refused at its length. */
  async readFrame(sizeBytesMax: number): Promise<Buffer> {
    const sizeBytes = (await this.read(LENGTH_BYTES)).readUInt32BE(0)
    if (sizeBytes > sizeBytesMax)
      throw streamFailed(`a frame of ${sizeBytes} bytes where ${sizeBytesMax} may be`)
    return this.read(sizeBytes)
  }

  write(bytes: Uint8Array): void {
    this.#socket.write(bytes)
  }

  writeFrame(bytes: Uint8Array): void {
    this.#socket.write(framed(bytes))
  }

  /** As `writeFrame`; resolves when there is room for more. Throws `KONOR_GOSSIP_STREAM`. */
  async sendFrame(bytes: Uint8Array): Promise<void> {
    if (this.#ended !== undefined) throw this.#ended
    if (this.#socket.write(framed(bytes))) return
    await new Promise<void>((resolve, reject) => {
      this.#room = { resolve, reject }
    })
  }

  /** Sends what was written and then closes; waits until the other side has closed too. */
  async finish(): Promise<void> {
    if (this.#ended !== undefined) return
    await new Promise<void>(resume => {
      this.#socket.once('close', () => resume())
      this.#socket.resume()
      this.#socket.end()
    })
  }

  end(given?: Error): void {
    if (this.#ended !== undefined) return
    const error = given ?? streamFailed('it was ended')
    this.#ended = error
    this.#cancelTimeout()
    this.#unfinished.give(this.#heldBytes)
    this.#heldBytes = 0
    this.#chunks = []
    this.#socket.destroy()
    this.#wanted?.reject(error)
    this.#wanted = undefined
    this.#room?.reject(error)
    this.#room = undefined
  }

  /** Every stream is closed at last: an error is made only for one that had not ended before. */
  #fail(what: string, cause?: unknown): void {
    if (this.#ended === undefined) this.end(streamFailed(what, cause))
  }

  #arrived(chunk: Buffer): void {
    if (this.#ended !== undefined || this.#wanted === undefined) return
    if (!this.#unfinished.take(chunk.length)) return this.end(streamFailed('there is no memory for it now'))
    this.#chunks.push(chunk)
    this.#heldBytes += chunk.length
    this.#serve()
  }

  #serve(): void {
    const wanted = this.#wanted
    if (wanted === undefined) return
    if (this.#heldBytes < wanted.sizeBytes) {
      this.#socket.resume()
      return
    }
    this.#socket.pause()
    this.#wanted = undefined
    const held =
      this.#chunks.length === 1 ? (this.#chunks[0] ?? Buffer.alloc(0)) : Buffer.concat(this.#chunks)
    const rest = held.subarray(wanted.sizeBytes)
    this.#chunks = rest.length === 0 ? [] : [rest]
    this.#unfinished.give(this.#heldBytes - rest.length)
    this.#heldBytes = rest.length
    wanted.resolve(held.subarray(0, wanted.sizeBytes))
  }
}

function framed(bytes: Uint8Array): Uint8Array {
  const length = Buffer.alloc(LENGTH_BYTES)
  length.writeUInt32BE(bytes.length)
  return Buffer.concat([length, bytes])
}
