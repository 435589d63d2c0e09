import { KonorError, isKonorError } from '../../../actors/vocabulary/errors/konor-error.ts'
import type { Message } from '../core/messages.ts'
import type { Keyring } from './keyring.ts'
import type { MemberIdentity } from './member-identity.ts'
import { decodeBody, encodeBody, type Handshake, type PacketBody, type Speaker } from './packet-body.ts'
import { openPacket } from './packet-cipher.ts'
import { readHeader } from './packet-header.ts'
import { packetKeyOf } from './packet-keys.ts'
import { FLAG_KEYRING_DIGEST, FLAG_PAIR_KEY, type PacketSealer } from './packet-sealer.ts'
import type { PairKeys } from './pair-keys.ts'
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

/** What the header of a packet says of where it is from. */
interface Origin {
  readonly session: string
  readonly counter: number
}

/**
 * The sealing of one stream: packets as in datagrams, whose associated data end with a zero byte, both nonces and the
 * side that speaks. So a packet of a stream is of no use on another, in a datagram, or sent back. Both sides say hello
 * under the group key; what follows is under the key of the two that said so, which nobody else has.
 */
export class StreamSeal {
  readonly #credentials: StreamCredentials
  readonly #ownContext: Uint8Array
  readonly #peerContext: Uint8Array
  #pair: PairKeys | undefined
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
    const { session, nextCounter: counter, publicKey: key } = sealer
    const proof = proveSession(identity, { clusterId, session, counter, key, asked: this.#ownContext })
    const body = encodeBody(this.#speaker, { kind: 'handshake', key, echo: this.#peerNonce, proof })
    return sealer.seal(body, this.#ownContext)
  }

  /** Who said hello, proven; undefined for anything else. What comes after it is of nobody else. */
  openHello(packet: Uint8Array): Speaker | undefined {
    const opened = this.#open(packet, false)
    if (opened?.message.kind !== 'handshake') return undefined
    const { key, echo, proof } = opened.message
    if (echo === undefined || proof === undefined || Buffer.compare(echo, this.#ownNonce) !== 0)
      return undefined
    const { speaker, session, counter } = opened
    const { clusterId, identity, sealer } = this.#credentials
    const claim = { clusterId, session, counter, key, asked: this.#peerContext }
    if (!verifySession(identity, proof, speaker.id, claim)) return undefined
    this.#pair = sealer.pairWith(session, key)
    return this.#pair === undefined ? undefined : speaker
  }

  /** The last packet of an acceptor: it has taken what the dialer said, and is who it said to be. */
  taken(): Uint8Array {
    return this.#seal({ kind: 'handshake', key: this.#credentials.sealer.publicKey })
  }

  openTaken(packet: Uint8Array, speaker: Speaker): boolean {
    const opened = this.#open(packet, true)
    return opened?.message.kind === 'handshake' && opened.speaker.id === speaker.id
  }

  message(message: Message): Uint8Array {
    return this.#seal(message)
  }

  /** A message of the member that said hello; undefined for anything else. */
  openMessage(packet: Uint8Array, speaker: Speaker): { speaker: Speaker; message: Message } | undefined {
    const opened = this.#open(packet, true)
    if (opened === undefined || opened.speaker.id !== speaker.id) return undefined
    const { message } = opened
    if (message.kind === 'handshake' || message.kind === 'unknown') return undefined
    return { speaker: opened.speaker, message }
  }

  request(request: StreamRequest): Uint8Array {
    return this.#sealBody(encodeRequest(this.#speaker, request))
  }

  /** A request of the member that said hello; undefined for anything else. */
  openRequest(packet: Uint8Array, speaker: Speaker): StreamRequest | undefined {
    const opened = this.#openBody(packet, true)
    const decoded = opened === undefined ? undefined : decodeRequest(opened.body)
    return decoded?.speaker.id === speaker.id ? decoded.request : undefined
  }

  reply(reply: StreamReply): Uint8Array {
    return this.#sealBody(encodeReply(this.#speaker, reply))
  }

  /** The piece `index` of the answer of the member that said hello; undefined for anything else. */
  openReply(packet: Uint8Array, speaker: Speaker, index: number): StreamReply | undefined {
    const opened = this.#openBody(packet, true)
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
    return this.#sealBody(encodeBody(this.#speaker, message))
  }

  #sealBody(body: Uint8Array): Uint8Array {
    if (this.#pair === undefined) throw new Error('On a stream nothing is said to who has not said hello.')
    return this.#credentials.sealer.seal(body, this.#ownContext, this.#pair)
  }

  #open(packet: Uint8Array, paired: boolean): (PacketBody & Origin) | undefined {
    const opened = this.#openBody(packet, paired)
    if (opened === undefined) return undefined
    try {
      const { session, counter } = opened
      return { ...decodeBody(opened.body), session, counter }
    } catch (thrown) {
      if (isKonorError(thrown, 'KONOR_GOSSIP_MALFORMED')) return undefined
      throw thrown
    }
  }

  #openBody(packet: Uint8Array, paired: boolean): (Origin & { readonly body: Uint8Array }) | undefined {
    const header = readHeader(packet)
    if (header === undefined || header.version !== WIRE_VERSION) return undefined
    const groupKey = this.#credentials.keyring.find(header.keyId)
    if (groupKey === undefined) return undefined
    if (paired !== ((header.flags & FLAG_PAIR_KEY) !== 0)) return undefined
    const { keyId, session, counter } = header
    const packetKey = paired ? this.#pair?.incoming(keyId, groupKey) : packetKeyOf(groupKey, session)
    if (packetKey === undefined) return undefined
    const body = openPacket(packetKey, packet, this.#peerContext)
    if (body === undefined) return undefined
    const skipBytes = (header.flags & FLAG_KEYRING_DIGEST) === 0 ? 0 : KEY_ID_BYTES
    return { body: body.subarray(skipBytes), session, counter }
  }
}

/** What a stream that ended without its purpose is called. */
export function streamFailed(what: string, cause?: unknown): KonorError {
  return new KonorError('KONOR_GOSSIP_STREAM', `gossip stream: ${what}`, cause === undefined ? {} : { cause })
}
