import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { KonorError } from '../../../actors/vocabulary/errors/konor-error.ts'
import type { Random } from '../../ports/random.ts'
import type { Message } from '../core/messages.ts'
import type { Speaker } from '../wire/packet-body.ts'
import { STREAM_NONCE_BYTES, type StreamCredentials, StreamSeal, streamFailed } from '../wire/stream-seal.ts'
import { FrameStream, type UnfinishedBytes } from './frame-stream.ts'
import { formatGossipAddress, type GossipAddress, parseGossipAddress } from './gossip-address.ts'
import {
  STREAM_BACKLOG,
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
}

interface GossipStreamsOptions {
  readonly credentials: StreamCredentials
  readonly random: Random
  /** A message of a member that has proven itself; `fromHost` is where it connected from. */
  readonly onMessage: (message: Message, speaker: Speaker, fromHost: string) => void
}

/**
 * What does not go in datagrams: large messages, and the question who is there when UDP gives no answer. A connection
 * serves one purpose: both sides say who they are, the dialer may send one message, and it is closed.
 *
 * dialer: nonce · acceptor: nonce · dialer: hello [message] · acceptor: hello, after it has taken the message
 */
export class GossipStreams {
  readonly #options: GossipStreamsOptions
  readonly #server: Server
  readonly #open = new Set<FrameStream>()
  readonly #unfinished = sharedBytes(STREAM_UNFINISHED_BYTES_MAX)
  readonly #counts = { in: 0, out: 0, failed: 0, refused: 0 }
  #incoming = 0
  #outgoing = 0
  #closed = false

  private constructor(server: Server, options: GossipStreamsOptions) {
    this.#server = server
    this.#options = options
    // Connections that could not be accepted, for want of descriptors mostly: those that are open go on.
    server.on('error', () => this.#counts.failed++)
    server.on('connection', socket => void this.#accept(socket))
  }

  /** Throws `KONOR_GOSSIP_BIND`. */
  static async listen(address: GossipAddress, options: GossipStreamsOptions): Promise<GossipStreams> {
    const server = createServer({ pauseOnConnect: true, noDelay: true })
    try {
      server.listen({ ...address, backlog: STREAM_BACKLOG })
      await once(server, 'listening')
    } catch (cause) {
      throw new KonorError('KONOR_GOSSIP_BIND', `cannot bind TCP ${formatGossipAddress(address)}`, { cause })
    }
    return new GossipStreams(server, options)
  }

  get port(): number {
    const address = this.#server.address()
    return address === null || typeof address === 'string' ? 0 : address.port
  }

  get stats(): StreamStats {
    const { in: streamsIn, out: streamsOut, failed, refused } = this.#counts
    return { streamsIn, streamsOut, streamsFailed: failed, streamsRefused: refused }
  }

  /** Who is there, proven. Throws `KONOR_GOSSIP_STREAM`. */
  probe(to: string, timeoutMs: number): Promise<Speaker> {
    return this.#dial(to, timeoutMs, undefined)
  }

  /** Sends a message; it has been taken when this returns. Throws `KONOR_GOSSIP_STREAM`, `KONOR_GOSSIP_OVERSIZED`. */
  send(to: string, message: Message): Promise<Speaker> {
    return this.#dial(to, STREAM_MESSAGE_TIMEOUT_MS, message)
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    const closed = once(this.#server, 'close')
    this.#server.close()
    for (const stream of this.#open) stream.end()
    await closed
  }

  async #dial(to: string, timeoutMs: number, message: Message | undefined): Promise<Speaker> {
    if (this.#outgoing >= STREAMS_OUT_MAX || this.#closed) {
      this.#counts.refused++
      throw streamFailed('too many are under way, or this host is closing')
    }
    const { host, port } = parseGossipAddress(to)
    this.#outgoing++
    this.#counts.out++
    const stream = this.#follow(connect({ host, port, noDelay: true }))
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
    const nonce = this.#options.random.bytes(STREAM_NONCE_BYTES)
    stream.write(nonce)
    const seal = new StreamSeal(
      this.#options.credentials,
      'dialer',
      nonce,
      await stream.read(STREAM_NONCE_BYTES),
    )
    stream.writeFrame(seal.hello())
    stream.writeFrame(message === undefined ? NOTHING : this.#sealed(seal, message))
    const speaker = seal.openHello(await stream.readFrame(STREAM_HELLO_BYTES_MAX))
    if (speaker === undefined) throw streamFailed('who answered is no member')
    return speaker
  }

  #sealed(seal: StreamSeal, message: Message): Uint8Array {
    const packet = seal.message(message)
    if (packet.length <= STREAM_MESSAGE_BYTES_MAX) return packet
    throw new KonorError('KONOR_GOSSIP_OVERSIZED', `a ${message.kind} of ${packet.length} bytes: send less`)
  }

  async #accept(socket: Socket): Promise<void> {
    if (this.#incoming >= STREAMS_IN_MAX || this.#closed) {
      this.#counts.refused++
      socket.destroy()
      return
    }
    this.#incoming++
    this.#counts.in++
    const fromHost = socket.remoteAddress ?? ''
    const stream = this.#follow(socket)
    try {
      stream.limit(STREAM_HELLO_TIMEOUT_MS)
      await this.#serve(stream, fromHost)
    } catch {
      // Whatever a stranger or a broken line did: it is counted, and the stream is over.
      this.#counts.failed++
    } finally {
      this.#incoming--
      this.#forget(stream)
    }
  }

  async #serve(stream: FrameStream, fromHost: string): Promise<void> {
    const { credentials, random, onMessage } = this.#options
    const peerNonce = await stream.read(STREAM_NONCE_BYTES)
    const nonce = random.bytes(STREAM_NONCE_BYTES)
    const seal = new StreamSeal(credentials, 'acceptor', peerNonce, nonce)
    stream.write(nonce)
    const speaker = seal.openHello(await stream.readFrame(STREAM_HELLO_BYTES_MAX))
    if (speaker === undefined) throw streamFailed('who called is no member')
    stream.limit(STREAM_MESSAGE_TIMEOUT_MS)
    const packet = await stream.readFrame(STREAM_MESSAGE_BYTES_MAX)
    if (packet.length > 0) {
      const opened = seal.openMessage(packet, speaker)
      if (opened === undefined) throw streamFailed('its message is not of the protocol')
      onMessage(opened.message, opened.speaker, fromHost)
    }
    stream.writeFrame(seal.hello())
    await stream.finish()
  }

  #follow(socket: Socket): FrameStream {
    const stream = new FrameStream(socket, this.#unfinished)
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
