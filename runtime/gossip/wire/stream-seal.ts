import { KonorError, isKonorError } from '../../../actors/vocabulary/errors/konor-error.ts'
import type { Message } from '../core/messages.ts'
import type { Keyring } from './keyring.ts'
import type { MemberIdentity } from './member-identity.ts'
import { decodeBody, encodeBody, type Handshake, type PacketBody, type Speaker } from './packet-body.ts'
import { openPacket } from './packet-cipher.ts'
import { readHeader } from './packet-header.ts'
import { packetKeyOf } from './packet-keys.ts'
import { FLAG_KEYRING_DIGEST, type PacketSealer } from './packet-sealer.ts'
import { proveSession, verifySession } from './session-proof.ts'
import {
  type StreamReply,
  type StreamRequest,
  decodeReply,
  decodeRequest,
  encodeReply,
  encodeRequest,
} from './stream-request.ts'
import { KEY_ID_BYTES, WIRE_VERSION } from './wire-limits.ts'

/** Bytes that each side of a stream draws at random and sends first. */
export const STREAM_NONCE_BYTES = 16

export type StreamSide = 'dialer' | 'acceptor'

/** What a member brings to every stream. */
export interface StreamCredentials {
  readonly clusterId: string
  readonly identity: MemberIdentity
  readonly keyring: Keyring
  readonly sealer: PacketSealer
  readonly self: () => { readonly epoch: number; readonly incarnation: number }
}

/**
 * The sealing of one stream: packets as in datagrams, whose associated data end with a zero byte, both nonces and the
 * side that speaks. So a packet of a stream is of no use on another, in a datagram, or sent back.
 */
export class StreamSeal {
  readonly #credentials: StreamCredentials
  readonly #ownContext: Uint8Array
  readonly #peerContext: Uint8Array
  readonly #peerNonce: Uint8Array
  readonly #ownNonce: Uint8Array

  constructor(
    credentials: StreamCredentials,
    side: StreamSide,
    dialerNonce: Uint8Array,
    acceptorNonce: Uint8Array,
  ) {
    const cluster = Buffer.from(credentials.clusterId, 'utf8')
    const contextOf = (speaker: StreamSide) =>
      Buffer.concat([cluster, Buffer.of(0), dialerNonce, acceptorNonce, Buffer.from(speaker)])
    this.#credentials = credentials
    this.#ownContext = contextOf(side)
    this.#peerContext = contextOf(side === 'dialer' ? 'acceptor' : 'dialer')
    this.#ownNonce = side === 'dialer' ? dialerNonce : acceptorNonce
    this.#peerNonce = side === 'dialer' ? acceptorNonce : dialerNonce
  }

  /** The first packet of a side: an echo of the other's nonce, with the proof of who says it. */
  hello(): Uint8Array {
    const { identity, clusterId, sealer } = this.#credentials
    const echo = this.#peerNonce
    const proof = proveSession(identity, clusterId, sealer.session, echo)
    return this.#seal({ kind: 'handshake', echo, proof })
  }

  /** Who said hello, proven; undefined for anything else. */
  openHello(packet: Uint8Array): Speaker | undefined {
    const opened = this.#open(packet)
    if (opened?.message.kind !== 'handshake') return undefined
    const { echo, proof } = opened.message
    if (echo === undefined || proof === undefined || Buffer.compare(echo, this.#ownNonce) !== 0)
      return undefined
    const { speaker, session } = opened
    const { clusterId } = this.#credentials
    return verifySession(proof, speaker.id, clusterId, session, echo) ? speaker : undefined
  }

  message(message: Message): Uint8Array {
    return this.#seal(message)
  }

  /** A message of the member that said hello; undefined for anything else. */
  openMessage(packet: Uint8Array, speaker: Speaker): { speaker: Speaker; message: Message } | undefined {
    const opened = this.#open(packet)
    if (opened === undefined || opened.speaker.id !== speaker.id) return undefined
    const { message } = opened
    if (message.kind === 'handshake' || message.kind === 'unknown') return undefined
    return { speaker: opened.speaker, message }
  }

  request(request: StreamRequest): Uint8Array {
    return this.#credentials.sealer.seal(encodeRequest(this.#speaker, request), this.#ownContext)
  }

  /** A request of the member that said hello; undefined for anything else. */
  openRequest(packet: Uint8Array, speaker: Speaker): StreamRequest | undefined {
    const opened = this.#openBody(packet)
    const decoded = opened === undefined ? undefined : decodeRequest(opened.body)
    return decoded?.speaker.id === speaker.id ? decoded.request : undefined
  }

  reply(reply: StreamReply): Uint8Array {
    return this.#credentials.sealer.seal(encodeReply(this.#speaker, reply), this.#ownContext)
  }

  /** The piece `index` of the answer of the member that said hello; undefined for anything else. */
  openReply(packet: Uint8Array, speaker: Speaker, index: number): StreamReply | undefined {
    const opened = this.#openBody(packet)
    const decoded = opened === undefined ? undefined : decodeReply(opened.body)
    if (decoded?.speaker.id !== speaker.id || decoded.reply.index !== index) return undefined
    return decoded.reply
  }

  get #speaker(): Speaker {
    const { identity, self } = this.#credentials
    const { epoch, incarnation } = self()
    return { id: identity.id, epoch, incarnation }
  }

  #seal(message: Message | Handshake): Uint8Array {
    return this.#credentials.sealer.seal(encodeBody(this.#speaker, message), this.#ownContext)
  }

  #open(packet: Uint8Array): (PacketBody & { readonly session: string }) | undefined {
    const opened = this.#openBody(packet)
    if (opened === undefined) return undefined
    try {
      return { ...decodeBody(opened.body), session: opened.session }
    } catch (thrown) {
      if (isKonorError(thrown, 'KONOR_GOSSIP_MALFORMED')) return undefined
      throw thrown
    }
  }

  #openBody(packet: Uint8Array): { readonly body: Uint8Array; readonly session: string } | undefined {
    const header = readHeader(packet)
    if (header === undefined || header.version !== WIRE_VERSION) return undefined
    const groupKey = this.#credentials.keyring.find(header.keyId)
    if (groupKey === undefined) return undefined
    const body = openPacket(packetKeyOf(groupKey, header.session), packet, this.#peerContext)
    if (body === undefined) return undefined
    const skipBytes = (header.flags & FLAG_KEYRING_DIGEST) === 0 ? 0 : KEY_ID_BYTES
    return { body: body.subarray(skipBytes), session: header.session }
  }
}

/** What a stream that ended without its purpose is called. */
export function streamFailed(what: string, cause?: unknown): KonorError {
  return new KonorError('KONOR_GOSSIP_STREAM', `gossip stream: ${what}`, cause === undefined ? {} : { cause })
}
