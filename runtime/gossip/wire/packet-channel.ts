import { KonorError, isKonorError } from '../../../actors/vocabulary/errors/konor-error.ts'
import type { Random } from '../../ports/random.ts'
import type { MemberAddress, MemberId, Message, Sender } from '../core/messages.ts'
import { type ChannelStats, noRefusals, type Refusal } from './channel-stats.ts'
import { type Cookies, createCookies } from './cookies.ts'
import { HeldRequests } from './held-requests.ts'
import { type Keyring, keyringDigest } from './keyring.ts'
import { Knocks } from './knocks.ts'
import type { MemberIdentity } from './member-identity.ts'
import { decodeBody, encodeBody, type Handshake, type PacketBody, type Speaker } from './packet-body.ts'
import { openPacket } from './packet-cipher.ts'
import { type PacketHeader, readHeader } from './packet-header.ts'
import { packetKeyOf } from './packet-keys.ts'
import { FLAG_KEYRING_DIGEST, FLAG_PAIR_KEY, PacketSealer } from './packet-sealer.ts'
import { askedBy, proveSession, type SessionClaim, verifySession } from './session-proof.ts'
import type { PairKeys } from './pair-keys.ts'
import { type PeerSession, SessionTable } from './session-table.ts'
import { createSourceLimiter, type SourceLimiter } from './source-limiter.ts'
import {
  AMPLIFICATION_MAX,
  BODY_BYTES_MAX,
  COUNTER_MAX,
  DATAGRAM_BYTES_MAX,
  KEY_ID_BYTES,
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

/** A packet, and the session that it names if it is known. */
interface Arrival {
  readonly header: PacketHeader
  readonly peer: PeerSession | undefined
  /** Sealed under the key of its session and ours; else any member may have sealed it. */
  readonly paired: boolean
  readonly from: MemberAddress
  readonly sizeBytes: number
  readonly nowMs: number
}

/** As above, and authentic. */
interface Opened extends Arrival {
  readonly body: Uint8Array
}

const NO_REPLIES: Replies = []

/**
 * Messages to datagrams and back, without clock or socket: `seal` what is to be sent, give `receive` what arrived.
 *
 * A message reaches the caller only from a session that has answered a challenge of ours: it lives now (no recording),
 * can be reached at its address (no borrowed one), and speaks for its member (it signed). It is sealed under a key that
 * only that session and ours have, so no other member can say it. Under the group key go handshakes, which have no
 * effect but that two sessions come to know each other. Everything else costs
 * bounded work, no memory, and at most `AMPLIFICATION_MAX` times its own bytes in replies.
 */
export class PacketChannel {
  readonly #options: PacketChannelOptions
  readonly #context: Uint8Array
  readonly #sealer: PacketSealer
  readonly #cookies: Cookies
  readonly #limiter: SourceLimiter
  readonly #sessions: SessionTable
  readonly #knocks: Knocks
  readonly #held = new HeldRequests()
  readonly #refused = noRefusals()
  readonly #counts = { sealed: 0, taken: 0, handshakes: 0, again: 0, admitted: 0 }

  constructor(options: PacketChannelOptions) {
    this.#options = options
    this.#context = Buffer.from(options.clusterId, 'utf8')
    this.#sealer = new PacketSealer(options.keyring, options.random)
    this.#cookies = createCookies(options.random)
    this.#knocks = new Knocks(this.#cookies)
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

  /**
   * A datagram with this message; to an address where nobody is known yet, one that asks who is there instead. Throws
   * `KONOR_GOSSIP_OVERSIZED` when it would be longer than 1,200 bytes.
   */
  seal(message: Message, to: MemberAddress, nowMs: number): Uint8Array {
    const body = this.#encode(message)
    this.#held.note(message, to, nowMs)
    const peer = this.#sessions.at(to)
    if (peer === undefined) return this.#handshake({ challenge: this.#knocks.issue(to, nowMs) }, undefined)
    this.#counts.sealed++
    return this.#sealer.seal(body, this.#context, peer.pair)
  }

  /** Takes in a datagram, hostile or not; never throws. `host` of `from` bounds what strangers may cause. */
  receive(datagram: Uint8Array, from: MemberAddress, nowMs: number): Receipt {
    const opened = this.#open(datagram, from, nowMs)
    if ('verdict' in opened) return opened
    const { peer, paired } = opened
    // What any member could have sealed moves no window and says nothing of the peer: else it could be shut out.
    if (paired && peer?.window.take(opened.header.counter) !== true) return this.#refuse('replayed')
    const body = this.#read(opened)
    if (body === undefined) return this.#refuse('malformed')
    if (peer !== undefined && peer.id !== body.speaker.id) return this.#refuse('impostor')
    if (peer !== undefined && paired) this.#heard(peer, opened)
    const { message, speaker } = body
    if (message.kind === 'handshake') return this.#settle(message, speaker, opened)
    if (peer === undefined || !paired || peer.address !== from) return this.#challenge(message.kind, opened)
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
    const paired = (header.flags & FLAG_PAIR_KEY) !== 0
    const arrival = { header, peer, paired, from, sizeBytes: datagram.length, nowMs }
    if (peer !== undefined && paired) {
      const body = openPacket(peer.pair.incoming(header.keyId, groupKey), datagram, this.#context)
      if (body !== undefined) return { ...arrival, body }
    }
    if (!this.#limiter.admits(hostOf(from), nowMs)) return this.#refuse('limited')
    // Nobody's, or for a session that this process had before it was started anew: whoever it is has to meet us first.
    if (paired)
      return this.#refuse(peer === undefined ? 'unproven' : 'unsealed', this.#ask(arrival, undefined))
    const body = openPacket(packetKeyOf(groupKey, header.session), datagram, this.#context)
    return body === undefined ? this.#refuse('unsealed') : { ...arrival, body }
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
    return this.#refuse('version', this.#within(datagram.length, [this.#seal(VERSION_ERROR, undefined)]))
  }

  /** An authentic packet of a session that has proven nothing: it is asked to, and sends its message again. */
  #challenge(kind: PacketBody['message']['kind'], opened: Opened): Receipt {
    // An error informs and is never answered: two sides that fail each other would never stop.
    if (kind === 'error') return this.#refuse('unproven')
    return this.#refuse('unproven', this.#ask(opened, pairOf(opened)))
  }

  #ask({ header, from, sizeBytes, nowMs }: Arrival, pair: PairKeys | undefined): Replies {
    const challenge = this.#cookies.issue(header.session, from, nowMs)
    return this.#within(sizeBytes, [this.#handshake({ challenge }, pair)])
  }

  #settle(handshake: Handshake, speaker: Speaker, opened: Opened): Receipt {
    const { from, sizeBytes, nowMs } = opened
    const wasProven = opened.peer !== undefined && opened.peer.address === from
    // An echo from where it is known to be may still tell that what went elsewhere has reached it.
    const answered = this.#prove(handshake, speaker, opened)
    const proven = wasProven || answered
    const replies =
      handshake.challenge === undefined ? [] : [this.#answer(handshake.challenge, proven, opened)]
    if (!proven) {
      if (replies.length === 0) return this.#refuse('disproven')
      return { verdict: 'handshake', replies: this.#within(sizeBytes, replies) }
    }
    // Settled just now, or the peer has lost our session: either way it dropped what we asked.
    const request = !wasProven || handshake.challenge !== undefined ? this.#held.take(from, nowMs) : undefined
    const peer = this.#sessions.find(opened.header.session)
    if (request !== undefined && peer !== undefined) {
      this.#counts.again++
      replies.push(this.#seal(request, peer.pair))
    }
    return { verdict: 'handshake', replies }
  }

  /** Whether the session has answered a challenge of ours just now; it is known from then on. */
  #prove({ key, echo, proof }: Handshake, speaker: Speaker, opened: Opened): boolean {
    const { header, from, nowMs, peer } = opened
    if (echo === undefined || proof === undefined) return false
    const { session, counter } = header
    const { clusterId, identity } = this.#options
    const knockedAt = this.#knocks.addressOf(echo, nowMs)
    if (knockedAt === undefined && !this.#cookies.verify(echo, session, from, nowMs)) return false
    const claim: SessionClaim = { clusterId, session, counter, key, asked: askedBy(echo, this.session) }
    if (!verifySession(identity, proof, speaker.id, claim)) return false
    if (knockedAt !== undefined && knockedAt !== from) {
      this.#sessions.reachedAt(knockedAt, session)
      return false
    }
    if (peer !== undefined) {
      // Another member may pass such an echo on: it moves nobody, and only tells that the session hears us there.
      if (opened.paired) this.#sessions.move(peer, from, nowMs)
      else this.#sessions.reachedAt(from, session)
      return true
    }
    const pair = this.#sealer.pairWith(session, key)
    if (pair === undefined) return false
    const admitted = this.#sessions.admit({ session, id: speaker.id, address: from, counter, pair }, nowMs)
    if (admitted === undefined) return false
    this.#counts.admitted++
    this.#heard(admitted, opened)
    return true
  }

  /** Gives the echo that was asked for, and asks in turn if need be. */
  #answer(cookie: Uint8Array, proven: boolean, opened: Opened): Uint8Array {
    const { header, from, nowMs } = opened
    const { identity, clusterId } = this.#options
    const { nextCounter: counter, publicKey: key } = this.#sealer
    const asked = askedBy(cookie, header.session)
    const proof = proveSession(identity, { clusterId, session: this.session, counter, key, asked })
    const answer = { echo: cookie, proof }
    if (proven) return this.#handshake(answer, pairOf(opened))
    const challenge = this.#cookies.issue(header.session, from, nowMs)
    return this.#handshake({ ...answer, challenge }, pairOf(opened))
  }

  #handshake(fields: Omit<Handshake, 'kind' | 'key'>, pair: PairKeys | undefined): Uint8Array {
    this.#counts.handshakes++
    return this.#seal({ kind: 'handshake', key: this.#sealer.publicKey, ...fields }, pair)
  }

  #seal(message: Message | Handshake, pair: PairKeys | undefined): Uint8Array {
    const body = this.#encode(message)
    this.#counts.sealed++
    return this.#sealer.seal(body, this.#context, pair)
  }

  #encode(message: Message | Handshake): Uint8Array {
    const { identity, self } = this.#options
    const { epoch, incarnation } = self()
    const body = encodeBody({ id: identity.id, epoch, incarnation }, message)
    if (body.length + this.#sealer.prefixBytes > BODY_BYTES_MAX)
      throw new KonorError(
        'KONOR_GOSSIP_OVERSIZED',
        `a ${message.kind} of ${body.length} bytes does not fit a datagram: send less, or on the stream`,
      )
    return body
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

/** An answer goes under the kind of key that the question came under: whoever has lost us could open no other. */
function pairOf({ peer, paired }: Opened): PairKeys | undefined {
  return paired ? peer?.pair : undefined
}

function hostOf(address: MemberAddress): string {
  return address.slice(0, address.lastIndexOf(':'))
}
