import { KonorError } from '../../../actors/vocabulary/errors/konor-error.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Random } from '../../ports/random.ts'
import type { Message } from '../core/messages.ts'
import type { Speaker } from '../wire/packet-body.ts'
import { type StreamRequest, requestRefused } from '../wire/stream-request.ts'
import { STREAM_NONCE_BYTES, type StreamCredentials, StreamSeal, streamFailed } from '../wire/stream-seal.ts'
import { REPLY_BYTES_MAX, REPLY_PIECES_MAX } from '../wire/wire-limits.ts'
import { FrameStream, type UnfinishedBytes } from './frame-stream.ts'
import { type GossipAddress, parseGossipAddress } from './gossip-address.ts'
import type { ByteStream, GossipSockets, StreamListener } from './gossip-sockets.ts'
import type { RequestDesk } from './request-desk.ts'
import {
  REQUEST_PROGRESS_TIMEOUT_MS,
  REQUESTS_OUT_MAX,
  STREAM_HELLO_BYTES_MAX,
  STREAM_HELLO_TIMEOUT_MS,
  STREAM_MESSAGE_BYTES_MAX,
  STREAM_MESSAGE_TIMEOUT_MS,
  STREAM_UNFINISHED_BYTES_MAX,
  STREAMS_IN_MAX,
  STREAMS_OUT_MAX,
} from './udp-limits.ts'

export interface StreamStats {
  readonly streamsIn: number
  readonly streamsOut: number
  /** Streams that did not serve their purpose, either way. */
  readonly streamsFailed: number
  /** Beyond `STREAMS_IN_MAX` or `STREAMS_OUT_MAX`. */
  readonly streamsRefused: number
  readonly requestsServed: number
  readonly requestsRefused: number
}

interface GossipStreamsOptions {
  readonly credentials: StreamCredentials
  readonly sockets: GossipSockets
  readonly clock: Clock
  readonly random: Random
  /** A message of a member that has proven itself; `fromHost` is where it connected from. */
  readonly onMessage: (message: Message, speaker: Speaker, fromHost: string) => void
  readonly desk: RequestDesk
  /** From one piece of an answer to the next, either way; default `REQUEST_PROGRESS_TIMEOUT_MS`. */
  readonly progressTimeoutMs?: number
}

/**
 * What does not go in datagrams: large messages, and the question who is there when UDP gives no answer. A connection
 * serves one purpose: both sides say who they are, the dialer may send one message or ask one question, and it is
 * closed.
 *
 * dialer: nonce · acceptor: nonce hello · dialer: hello [message] · acceptor: that it has taken the message
 * dialer: nonce · acceptor: nonce hello · dialer: hello request · acceptor: the pieces of the answer
 */
export class GossipStreams {
  readonly #options: GossipStreamsOptions
  readonly #open = new Set<FrameStream>()
  readonly #unfinished = sharedBytes(STREAM_UNFINISHED_BYTES_MAX)
  readonly #counts = { in: 0, out: 0, failed: 0, refused: 0, served: 0, requestsRefused: 0 }
  #server: StreamListener | undefined
  /** Accepted, and not proven to be of a member yet; the eldest first. */
  readonly #strangers = new Set<FrameStream>()
  #incoming = 0
  #outgoing = 0
  #asking = 0
  #closed = false

  private constructor(options: GossipStreamsOptions) {
    this.#options = options
  }

  /** Throws `KONOR_GOSSIP_BIND`. */
  static async listen(address: GossipAddress, options: GossipStreamsOptions): Promise<GossipStreams> {
    const streams = new GossipStreams(options)
    streams.#server = await options.sockets.listen(address, {
      onStream: stream => void streams.#accept(stream),
      onError: () => streams.#counts.failed++,
    })
    return streams
  }

  get port(): number {
    return this.#server?.port ?? 0
  }

  get stats(): StreamStats {
    const { in: streamsIn, out: streamsOut, failed, refused, served, requestsRefused } = this.#counts
    const streams = { streamsIn, streamsOut, streamsFailed: failed, streamsRefused: refused }
    return { ...streams, requestsServed: served, requestsRefused }
  }

  /** Who is there, proven. Throws `KONOR_GOSSIP_STREAM`. */
  probe(to: string, timeoutMs: number): Promise<Speaker> {
    return this.#dial(to, timeoutMs, undefined)
  }

  /** Sends a message; it has been taken when this returns. Throws `KONOR_GOSSIP_STREAM`, `KONOR_GOSSIP_OVERSIZED`. */
  send(to: string, message: Message): Promise<Speaker> {
    return this.#dial(to, STREAM_MESSAGE_TIMEOUT_MS, message)
  }

  /**
   * Asks a member something, and gives the pieces of its answer as they come; none when it has none. Ending the
   * iteration early ends the stream. Throws `KONOR_GOSSIP_STREAM`, `KONOR_GOSSIP_REQUEST_REFUSED`,
   * `KONOR_GOSSIP_ADDRESS`.
   */
  async *request(to: string, request: StreamRequest): AsyncGenerator<Uint8Array, void, undefined> {
    if (this.#asking >= REQUESTS_OUT_MAX || this.#closed) {
      this.#counts.refused++
      throw streamFailed('too many requests are under way, or this host is closing')
    }
    const address = parseGossipAddress(to)
    this.#asking++
    this.#counts.out++
    const stream = this.#follow(this.#options.sockets.dial(address))
    try {
      yield* this.#ask(stream, request)
    } catch (thrown) {
      this.#counts.failed++
      throw thrown
    } finally {
      this.#asking--
      this.#forget(stream)
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    const closed = this.#server?.close()
    for (const stream of this.#open) stream.end()
    await closed
  }

  async #dial(to: string, timeoutMs: number, message: Message | undefined): Promise<Speaker> {
    if (this.#outgoing >= STREAMS_OUT_MAX || this.#closed) {
      this.#counts.refused++
      throw streamFailed('too many are under way, or this host is closing')
    }
    const address = parseGossipAddress(to)
    this.#outgoing++
    this.#counts.out++
    const stream = this.#follow(this.#options.sockets.dial(address))
    try {
      stream.limit(timeoutMs)
      return await this.#introduce(stream, message)
    } catch (thrown) {
      this.#counts.failed++
      throw thrown
    } finally {
      this.#outgoing--
      this.#forget(stream)
    }
  }

  async #introduce(stream: FrameStream, message: Message | undefined): Promise<Speaker> {
    const { seal, speaker } = await this.#meet(stream)
    stream.writeFrame(message === undefined ? NOTHING : this.#sealed(seal, message))
    if (!seal.openTaken(await stream.readFrame(STREAM_HELLO_BYTES_MAX), speaker))
      throw streamFailed('who answered is not who it said to be')
    return speaker
  }

  /** Says hello to who has said so. */
  async #meet(stream: FrameStream): Promise<{ readonly seal: StreamSeal; readonly speaker: Speaker }> {
    const { credentials, random } = this.#options
    const nonce = random.bytes(STREAM_NONCE_BYTES)
    stream.write(nonce)
    const peerNonce = await stream.read(STREAM_NONCE_BYTES)
    const seal = new StreamSeal(credentials, 'dialer', nonce, peerNonce)
    const speaker = seal.openHello(await stream.readFrame(STREAM_HELLO_BYTES_MAX))
    if (speaker === undefined) throw streamFailed('who answered is no member')
    stream.writeFrame(seal.hello())
    return { seal, speaker }
  }

  async *#ask(stream: FrameStream, request: StreamRequest): AsyncGenerator<Uint8Array, void, undefined> {
    stream.limit(this.#progressTimeoutMs)
    const { seal, speaker } = await this.#meet(stream)
    stream.writeFrame(seal.request(request))
    for (let index = 0; index < REPLY_PIECES_MAX; index++) {
      stream.limit(this.#progressTimeoutMs)
      const reply = seal.openReply(await stream.readFrame(REPLY_FRAME_BYTES_MAX), speaker, index)
      if (reply === undefined) throw streamFailed('the answer is not of the protocol')
      if (reply.outcome === 'refused') throw requestRefused(request.name, codeOf(reply.bytes))
      if (reply.outcome === 'last') return
      yield reply.bytes
    }
    throw streamFailed('the answer has no end')
  }

  #sealed(seal: StreamSeal, message: Message): Uint8Array {
    const packet = seal.message(message)
    if (packet.length <= STREAM_MESSAGE_BYTES_MAX) return packet
    throw new KonorError('KONOR_GOSSIP_OVERSIZED', `a ${message.kind} of ${packet.length} bytes: send less`)
  }

  async #accept(socket: ByteStream): Promise<void> {
    if (this.#closed || !this.#hasRoom()) {
      this.#counts.refused++
      socket.destroy()
      return
    }
    this.#incoming++
    this.#counts.in++
    const fromHost = socket.remoteAddress ?? ''
    const stream = this.#follow(socket)
    this.#strangers.add(stream)
    try {
      stream.limit(STREAM_HELLO_TIMEOUT_MS)
      await this.#serve(stream, fromHost)
    } catch {
      // Whatever a stranger or a broken line did: it is counted, and the stream is over.
      this.#counts.failed++
    } finally {
      this.#incoming--
      this.#strangers.delete(stream)
      this.#forget(stream)
    }
  }

  /** A member says who it is at once, so whoever holds a stream for longest without doing so makes room for others. */
  #hasRoom(): boolean {
    if (this.#incoming < STREAMS_IN_MAX) return true
    const [eldest] = this.#strangers
    if (eldest === undefined) return false
    this.#counts.refused++
    this.#strangers.delete(eldest)
    eldest.end()
    return true
  }

  async #serve(stream: FrameStream, fromHost: string): Promise<void> {
    const { credentials, random, onMessage } = this.#options
    const peerNonce = await stream.read(STREAM_NONCE_BYTES)
    const nonce = random.bytes(STREAM_NONCE_BYTES)
    const seal = new StreamSeal(credentials, 'acceptor', peerNonce, nonce)
    stream.write(nonce)
    stream.writeFrame(seal.hello())
    const speaker = seal.openHello(await stream.readFrame(STREAM_HELLO_BYTES_MAX))
    if (speaker === undefined) throw streamFailed('who called is no member')
    this.#strangers.delete(stream)
    stream.limit(STREAM_MESSAGE_TIMEOUT_MS)
    const packet = await stream.readFrame(STREAM_MESSAGE_BYTES_MAX)
    if (packet.length > 0) {
      const opened = seal.openMessage(packet, speaker)
      const request = opened === undefined ? seal.openRequest(packet, speaker) : undefined
      if (request !== undefined) return this.#answer(stream, seal, request, speaker)
      if (opened === undefined) throw streamFailed('its message is not of the protocol')
      onMessage(opened.message, opened.speaker, fromHost)
    }
    stream.writeFrame(seal.taken())
    await stream.finish()
  }

  get #progressTimeoutMs(): number {
    return this.#options.progressTimeoutMs ?? REQUEST_PROGRESS_TIMEOUT_MS
  }

  async #answer(stream: FrameStream, seal: StreamSeal, request: StreamRequest, from: Speaker): Promise<void> {
    const opened = this.#options.desk.open(request.name, request.payload, from)
    if (typeof opened === 'string') {
      this.#counts.requestsRefused++
      stream.writeFrame(seal.reply({ index: 0, outcome: 'refused', bytes: Buffer.from(opened) }))
      return stream.finish()
    }
    try {
      let index = 0
      for await (const bytes of opened.pieces) {
        stream.limit(this.#progressTimeoutMs)
        await stream.sendFrame(seal.reply({ index: index++, outcome: 'more', bytes }))
      }
      stream.writeFrame(seal.reply({ index, outcome: 'last', bytes: NOTHING }))
      this.#counts.served++
    } finally {
      opened.done()
    }
    await stream.finish()
  }

  #follow(socket: ByteStream): FrameStream {
    const stream = new FrameStream(socket, this.#unfinished, this.#options.clock)
    this.#open.add(stream)
    return stream
  }

  #forget(stream: FrameStream): void {
    stream.end()
    this.#open.delete(stream)
  }
}

/** The empty frame of a dialer that only asks who is there. */
const NOTHING = new Uint8Array()

/** A piece of an answer with its header, tag, keyring digest and the fields around its bytes. */
const REPLY_FRAME_BYTES_MAX = REPLY_BYTES_MAX + 256

/** The peer's word for why, for a log: short and without anything but letters. */
function codeOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.subarray(0, 32))
    .toString('latin1')
    .replaceAll(/[^a-z-]/g, '?')
}

function sharedBytes(max: number): UnfinishedBytes {
  let taken = 0
  return {
    take(sizeBytes) {
      if (taken + sizeBytes > max) return false
      taken += sizeBytes
      return true
    },
    give(sizeBytes) {
      taken -= sizeBytes
    },
  }
}
