import type { MemberAddress, MemberId } from '../core/messages.ts'
import type { PairKeys } from './pair-keys.ts'
import { ReplayWindow } from './replay-window.ts'
import { COOKIE_LIFETIME_MS, SESSIONS_MAX } from './wire-limits.ts'

/** A session that has proven to live, to be reachable at its address, and to speak for its member. */
export interface PeerSession {
  readonly session: string
  readonly id: MemberId
  readonly window: ReplayWindow
  /** The keys that it and we have together. */
  readonly pair: PairKeys
  address: MemberAddress
  /** Key of its newest packet, and digest of the keyring that it said to have. */
  keyId: string
  keyringDigest: string
  heardAtMs: number
}

/** A session that answered a challenge with its packet `counter`. */
export interface Admission {
  readonly session: string
  readonly id: MemberId
  readonly address: MemberAddress
  readonly counter: number
  readonly pair: PairKeys
}

interface Retired {
  readonly newest: number
  readonly atMs: number
}

/**
 * The sessions that are known: one an address, one a member, at most `SESSIONS_MAX`; past it the one heard of least
 * recently goes. Sessions that have proven nothing are not in it at all: they cost no memory.
 */
export class SessionTable {
  /** In the order in which they were heard. */
  readonly #sessions = new Map<string, PeerSession>()
  readonly #byAddress = new Map<MemberAddress, string>()
  readonly #byMember = new Map<MemberId, string>()
  /** Sessions that went, while a cookie of theirs may still be good: a recorded echo must not bring them back. */
  readonly #retired = new Map<string, Retired>()
  /** Other addresses than its own at which a session was reached: a member may have several. */
  readonly #ways = new Map<MemberAddress, string>()
  readonly #onForgotten: () => void
  readonly #sizeMax: number

  /** @param onForgotten is called when retired sessions had to be forgotten: cookies must be renewed then. */
  constructor(onForgotten: () => void, sizeMax: number = SESSIONS_MAX) {
    this.#onForgotten = onForgotten
    this.#sizeMax = sizeMax
  }

  get size(): number {
    return this.#sessions.size
  }

  find(session: string): PeerSession | undefined {
    return this.#sessions.get(session)
  }

  /** The session that has proven to be at this address, or else that what was sent there has reached. */
  at(address: MemberAddress): PeerSession | undefined {
    const session = this.#byAddress.get(address) ?? this.#ways.get(address)
    return session === undefined ? undefined : this.#sessions.get(session)
  }

  addressOf(id: MemberId): MemberAddress | undefined {
    const session = this.#byMember.get(id)
    return session === undefined ? undefined : this.#sessions.get(session)?.address
  }

  values(): Iterable<PeerSession> {
    return this.#sessions.values()
  }

  /** A packet of the session was taken: it is the youngest now. */
  touch(peer: PeerSession, nowMs: number): void {
    peer.heardAtMs = nowMs
    this.#sessions.delete(peer.session)
    this.#sessions.set(peer.session, peer)
  }

  /**
   * Takes in a session that answered a challenge. It replaces the session before it at its
   * address and of its member. Undefined when its packet is a recording of a session that went.
   */
  admit({ session, id, address, counter, pair }: Admission, nowMs: number): PeerSession | undefined {
    const retired = this.#retired.get(session)
    if (retired !== undefined && counter <= retired.newest) return undefined
    for (const former of [this.#byAddress.get(address), this.#byMember.get(id)])
      if (former !== undefined) this.#retire(former, nowMs)
    const eldest = this.#sessions.keys().next()
    if (this.#sessions.size >= this.#sizeMax && eldest.done !== true) this.#retire(eldest.value, nowMs)
    const peer: PeerSession = {
      session,
      id,
      window: new ReplayWindow(counter),
      pair,
      address,
      keyId: '',
      keyringDigest: '',
      heardAtMs: nowMs,
    }
    this.#retired.delete(session)
    this.#sessions.set(session, peer)
    this.#byAddress.set(address, session)
    this.#byMember.set(id, session)
    return peer
  }

  /** What was sent to `address` reached the session. */
  reachedAt(address: MemberAddress, session: string): void {
    this.#ways.delete(address)
    this.#ways.set(address, session)
    const eldest = this.#ways.keys().next()
    if (this.#ways.size > this.#sizeMax && eldest.done !== true) this.#ways.delete(eldest.value)
  }

  /** The session has proven to be at another address. */
  move(peer: PeerSession, address: MemberAddress, nowMs: number): void {
    const former = this.#byAddress.get(address)
    if (former !== undefined && former !== peer.session) this.#retire(former, nowMs)
    this.#byAddress.delete(peer.address)
    this.#byAddress.set(address, peer.session)
    peer.address = address
  }

  #retire(session: string, nowMs: number): void {
    const peer = this.#sessions.get(session)
    if (peer === undefined) return
    this.#sessions.delete(session)
    this.#byAddress.delete(peer.address)
    this.#byMember.delete(peer.id)
    for (const [known, { atMs }] of this.#retired) {
      if (nowMs - atMs < 2 * COOKIE_LIFETIME_MS) break
      this.#retired.delete(known)
    }
    if (this.#retired.size >= this.#sizeMax) {
      this.#retired.clear()
      this.#onForgotten()
    }
    this.#retired.set(session, { newest: peer.window.newest, atMs: nowMs })
  }
}
