import { KonorError, isKonorError } from '../../../actors/vocabulary/errors/konor-error.ts'
import type { Random } from '../../ports/random.ts'
import type { MemberAddress, MemberId, Message, Sender } from '../core/messages.ts'
import { type ChannelStats, noRefusals, type Refusal } from './channel-stats.ts'
import { type Cookies, createCookies } from './cookies.ts'
import { HeldRequests } from './held-requests.ts'
import { type Keyring, keyringDigest } from './keyring.ts'
import type { MemberIdentity } from './member-identity.ts'
import { decodeBody, encodeBody, type Handshake, type PacketBody, type Speaker } from './packet-body.ts'
import { openPacket } from './packet-cipher.ts'
import { type PacketHeader, readHeader } from './packet-header.ts'
import { packetKeyOf } from './packet-keys.ts'
import { FLAG_KEYRING_DIGEST, PacketSealer } from './packet-sealer.ts'
import { proveSession, verifySession } from './session-proof.ts'
import { type PeerSession, SessionTable } from './session-table.ts'
import { createSourceLimiter, type SourceLimiter } from './source-limiter.ts'
import {
  AMPLIFICATION_MAX,
  BODY_BYTES_MAX,
  COUNTER_MAX,
  DATAGRAM_BYTES_MAX,
  KEY_ID_BYTES,
  KEYS_MAX,
  WIRE_VERSION,
} from './wire-limits.ts'

export interface PacketChannelOptions {
  readonly clusterId: string
  readonly identity: MemberIdentity
  readonly keyring: Keyring
  readonly random: Random
  /** Epoch and incarnation that this member has now. */
  readonly self: () => { readonly epoch: number; readonly incarnation: number }
  /** Default `SESSIONS_MAX`. */
  readonly sessionsMax?: number
}

/** What a datagram was. `replies` go, as they are, to where it came from. */
export type Receipt =
  | {
      readonly verdict: 'message'
      readonly sender: Sender
      readonly message: Message
      readonly replies: Replies
    }
  | { readonly verdict: 'handshake'; readonly replies: Replies }
  | { readonly verdict: 'refused'; readonly reason: Refusal; readonly replies: Replies }

type Replies = readonly Uint8Array[]

/** An authentic packet, and the session that sealed it if it is known. */
interface Opened {
  readonly header: PacketHeader
  readonly body: Uint8Array
  readonly peer: PeerSession | undefined
  readonly from: MemberAddress
  readonly sizeBytes: number
  readonly nowMs: number
}

const NO_REPLIES: Replies = []

/**
 * Messages to datagrams and back, without clock or socket: `seal` what is to be sent, give `receive` what arrived.
 *
 * A message reaches the caller only from a session that has answered a challenge of ours: it lives now (no recording),
 * can be reached at its address (no borrowed one), and speaks for its member (it signed). Everything else costs
 * bounded work, no memory, and at most `AMPLIFICATION_MAX` times its own bytes in replies.
 */
export class PacketChannel {
  readonly #options: PacketChannelOptions
  readonly #context: Uint8Array
  readonly #sealer: PacketSealer
  readonly #cookies: Cookies
  readonly #limiter: SourceLimiter
  readonly #sessions: SessionTable
  readonly #held = new HeldRequests()
  readonly #refused = noRefusals()
  readonly #counts = { sealed: 0, taken: 0, handshakes: 0, again: 0, admitted: 0 }

  constructor(options: PacketChannelOptions) {
    this.#options = options
    this.#context = Buffer.from(options.clusterId, 'utf8')
    this.#sealer = new PacketSealer(options.keyring, options.random)
    this.#cookies = createCookies(options.random)
    this.#limiter = createSourceLimiter(options.random.bytes(32))
    this.#sessions = new SessionTable(() => this.#cookies.renew(), options.sessionsMax)
  }

  /** 16 hexadecimal digits, drawn when the channel was made. */
  get session(): string {
    return this.#sealer.session
  }

  /** Seals the packets of streams too: one session and one counter for all that this process says. */
  get sealer(): PacketSealer {
    return this.#sealer
  }

  /** Where a member has proven to be. */
  addressOf(id: MemberId): MemberAddress | undefined {
    return this.#sessions.addressOf(id)
  }

  get stats(): ChannelStats {
    return {
      packetsSealed: this.#counts.sealed,
      packetsTaken: this.#counts.taken,
      handshakesSent: this.#counts.handshakes,
      requestsSentAgain: this.#counts.again,
      sessionsAdmitted: this.#counts.admitted,
      sessionsKnown: this.#sessions.size,
      requestsHeld: this.#held.size,
      refused: { ...this.#refused },
    }
  }

  /** The sessions that are known, the one heard of least recently first. */
  peers(): Iterable<Readonly<PeerSession>> {
    return this.#sessions.values()
  }

  /** A datagram with this message. Throws `KONOR_GOSSIP_OVERSIZED` when it would be longer than 1,200 bytes. */
  seal(message: Message, to: MemberAddress, nowMs: number): Uint8Array {
    this.#held.note(message, to, nowMs)
    return this.#seal(message)
  }

  /** Takes in a datagram, hostile or not; never throws. `host` of `from` bounds what strangers may cause. */
  receive(datagram: Uint8Array, from: MemberAddress, nowMs: number): Receipt {
    const opened = this.#open(datagram, from, nowMs)
    if ('verdict' in opened) return opened
    const { peer } = opened
    if (peer !== undefined && !peer.window.take(opened.header.counter)) return this.#refuse('replayed')
    const body = this.#read(opened)
    if (body === undefined) return this.#refuse('malformed')
    if (peer !== undefined) {
      if (peer.id !== body.speaker.id) return this.#refuse('impostor')
      this.#heard(peer, opened)
    }
    const { message, speaker } = body
    if (message.kind === 'handshake') return this.#settle(message, speaker, opened)
    if (peer === undefined || peer.address !== from) return this.#challenge(message.kind, opened)
    if (message.kind === 'unknown') return this.#refuse('unknown-kind')
    this.#counts.taken++
    return { verdict: 'message', sender: { ...speaker, address: from }, message, replies: NO_REPLIES }
  }

  /** Checks what costs nothing first, and the tag before anything is read, kept or answered. */
  #open(datagram: Uint8Array, from: MemberAddress, nowMs: number): Opened | Receipt {
    const header = datagram.length > DATAGRAM_BYTES_MAX ? undefined : readHeader(datagram)
    if (header === undefined) return this.#refuse('foreign')
    const groupKey = this.#options.keyring.find(header.keyId)
    if (groupKey === undefined) return this.#refuse('unknown-key')
    if (header.version !== WIRE_VERSION) return this.#otherVersion(datagram, from, nowMs)
    if (header.session === this.session) return this.#refuse('reflected')
    if (header.counter > COUNTER_MAX) return this.#refuse('unsealed')
    const peer = this.#sessions.find(header.session)
    if (peer !== undefined && !peer.window.admits(header.counter)) return this.#refuse('replayed')
    if (peer === undefined && !this.#limiter.admits(hostOf(from), nowMs)) return this.#refuse('limited')
    const packetKey = peer?.packetKeys.get(header.keyId) ?? packetKeyOf(groupKey, header.session)
    const body = openPacket(packetKey, datagram, this.#context)
    if (body === undefined) return this.#refuse('unsealed')
    if (peer !== undefined) remember(peer.packetKeys, header.keyId, packetKey)
    return { header, body, peer, from, sizeBytes: datagram.length, nowMs }
  }

  #read({ header, body }: Opened): PacketBody | undefined {
    const skipBytes = (header.flags & FLAG_KEYRING_DIGEST) === 0 ? 0 : KEY_ID_BYTES
    try {
      return decodeBody(body.subarray(skipBytes))
    } catch (thrown) {
      if (isKonorError(thrown, 'KONOR_GOSSIP_MALFORMED')) return undefined
      throw thrown
    }
  }

  /** What the packet says of its sender's keys. */
  #heard(peer: PeerSession, { header, body, nowMs }: Opened): void {
    const told = (header.flags & FLAG_KEYRING_DIGEST) !== 0
    peer.keyId = header.keyId
    peer.keyringDigest = told
      ? Buffer.from(body.subarray(0, KEY_ID_BYTES)).toString('hex')
      : keyringDigest([header.keyId])
    this.#sessions.touch(peer, nowMs)
  }

  /** Another version cannot be read, so nothing about it is known but its length: the answer is no longer. */
  #otherVersion(datagram: Uint8Array, from: MemberAddress, nowMs: number): Receipt {
    if (!this.#limiter.admits(hostOf(from), nowMs)) return this.#refuse('limited')
    return this.#refuse('version', this.#within(datagram.length, [this.#seal(VERSION_ERROR)]))
  }

  /** An authentic packet of a session that has proven nothing: it is asked to, and sends its message again. */
  #challenge(kind: PacketBody['message']['kind'], opened: Opened): Receipt {
    // An error informs and is never answered: two sides that fail each other would never stop.
    if (kind === 'error') return this.#refuse('unproven')
    const challenge = this.#cookies.issue(opened.header.session, opened.from, opened.nowMs)
    return this.#refuse('unproven', this.#within(opened.sizeBytes, [this.#handshake({ challenge })]))
  }

  #settle(handshake: Handshake, speaker: Speaker, opened: Opened): Receipt {
    const { from, sizeBytes, nowMs } = opened
    const wasProven = opened.peer !== undefined && opened.peer.address === from
    const proven = wasProven || this.#prove(handshake, speaker, opened)
    const replies =
      handshake.challenge === undefined ? [] : [this.#answer(handshake.challenge, proven, opened)]
    if (!proven) {
      if (replies.length === 0) return this.#refuse('disproven')
      return { verdict: 'handshake', replies: this.#within(sizeBytes, replies) }
    }
    // Settled just now, or the peer has lost our session: either way it dropped what we asked.
    const request = !wasProven || handshake.challenge !== undefined ? this.#held.take(from, nowMs) : undefined
    if (request !== undefined) {
      this.#counts.again++
      replies.push(this.#seal(request))
    }
    return { verdict: 'handshake', replies }
  }

  /** Whether the session has answered a challenge of ours just now; it is known from then on. */
  #prove({ echo, proof }: Handshake, speaker: Speaker, opened: Opened): boolean {
    const { header, from, nowMs, peer } = opened
    if (echo === undefined || proof === undefined) return false
    const { session, counter } = header
    if (!this.#cookies.verify(echo, session, from, nowMs)) return false
    if (!verifySession(proof, speaker.id, this.#options.clusterId, session, echo)) return false
    if (peer !== undefined) {
      this.#sessions.move(peer, from, nowMs)
      return true
    }
    const admitted = this.#sessions.admit(session, speaker.id, from, counter, nowMs)
    if (admitted === undefined) return false
    this.#counts.admitted++
    this.#heard(admitted, opened)
    return true
  }

  /** Gives the echo that was asked for, and asks in turn if need be. */
  #answer(cookie: Uint8Array, proven: boolean, { header, from, nowMs }: Opened): Uint8Array {
    const proof = proveSession(this.#options.identity, this.#options.clusterId, this.session, cookie)
    const answer = { echo: cookie, proof }
    if (proven) return this.#handshake(answer)
    return this.#handshake({ ...answer, challenge: this.#cookies.issue(header.session, from, nowMs) })
  }

  #handshake(fields: Omit<Handshake, 'kind'>): Uint8Array {
    this.#counts.handshakes++
    return this.#seal({ kind: 'handshake', ...fields })
  }

  #seal(message: Message | Handshake): Uint8Array {
    const { identity, self } = this.#options
    const { epoch, incarnation } = self()
    const body = encodeBody({ id: identity.id, epoch, incarnation }, message)
    if (body.length + this.#sealer.prefixBytes > BODY_BYTES_MAX)
      throw new KonorError(
        'KONOR_GOSSIP_OVERSIZED',
        `a ${message.kind} of ${body.length} bytes does not fit a datagram: send less, or on the stream`,
      )
    this.#counts.sealed++
    return this.#sealer.seal(body, this.#context)
  }

  /** Replies to an address that has proven nothing, as far as they may go there. */
  #within(causeBytes: number, replies: readonly Uint8Array[]): Replies {
    const totalBytes = replies.reduce((sum, reply) => sum + reply.length, 0)
    return totalBytes <= causeBytes * AMPLIFICATION_MAX ? replies : NO_REPLIES
  }

  #refuse(reason: Refusal, replies: Replies = NO_REPLIES): Receipt {
    this.#refused[reason]++
    return { verdict: 'refused', reason, replies }
  }
}

const VERSION_ERROR: Message = { kind: 'error', code: 'version' }

function remember(packetKeys: Map<string, Uint8Array>, keyId: string, packetKey: Uint8Array): void {
  if (packetKeys.has(keyId)) return
  // Keys that were rotated out are forgotten here at the latest.
  if (packetKeys.size >= KEYS_MAX) packetKeys.clear()
  packetKeys.set(keyId, packetKey)
}

function hostOf(address: MemberAddress): string {
  return address.slice(0, address.lastIndexOf(':'))
}
