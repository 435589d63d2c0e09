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

  #seal(message: Message | Handshake): Uint8Array {
    const { identity, self, sealer } = this.#credentials
    const { epoch, incarnation } = self()
    return sealer.seal(encodeBody({ id: identity.id, epoch, incarnation }, message), this.#ownContext)
  }

  #open(packet: Uint8Array): (PacketBody & { readonly session: string }) | undefined {
    const header = readHeader(packet)
    if (header === undefined || header.version !== WIRE_VERSION) return undefined
    const groupKey = this.#credentials.keyring.find(header.keyId)
    if (groupKey === undefined) return undefined
    const body = openPacket(packetKeyOf(groupKey, header.session), packet, this.#peerContext)
    if (body === undefined) return undefined
    const skipBytes = (header.flags & FLAG_KEYRING_DIGEST) === 0 ? 0 : KEY_ID_BYTES
    try {
      return { ...decodeBody(body.subarray(skipBytes)), session: header.session }
    } catch (thrown) {
      if (isKonorError(thrown, 'KONOR_GOSSIP_MALFORMED')) return undefined
      throw thrown
    }
  }
}

/** What a stream that ended without its purpose is called. */
export function streamFailed(what: string, cause?: unknown): KonorError {
  return new KonorError('KONOR_GOSSIP_STREAM', `gossip stream: ${what}`, cause === undefined ? {} : { cause })
}
