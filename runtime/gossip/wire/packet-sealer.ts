import { KonorError } from '../../../actors/vocabulary/errors/konor-error.ts'
import type { Random } from '../../ports/random.ts'
import type { Keyring } from './keyring.ts'
import { sealPacket } from './packet-cipher.ts'
import { packetKeyOf } from './packet-keys.ts'
import { PairKeys } from './pair-keys.ts'
import { createSessionKey, SESSION_KEY_BYTES, type SessionKey } from './session-key.ts'
import { COUNTER_MAX, KEY_ID_BYTES, KEYS_MAX, SESSION_BYTES, WIRE_VERSION } from './wire-limits.ts'

/** Flag: the body begins with the 4-byte digest of the sender's keyring. */
export const FLAG_KEYRING_DIGEST = 1
/** Flag: sealed under the key of the two sessions, and not under what every member can derive. */
export const FLAG_PAIR_KEY = 2

/** Sessions of others whose keys with ours are remembered; past it the one that was asked for first goes. */
export const PAIRS_REMEMBERED_MAX = 1_024

/**
 * Seals what this process sends. Its session and the session's key are drawn at random when it starts and its counter
 * never repeats, so no nonce is used twice under a key, whatever happens to clocks and disks.
 *
 * A sender with one key says with the key id of its packets which keyring it has. During a rotation it has more, and
 * then puts the digest of its keyring before every body: so everyone sees how far the rotation is, and pays nothing
 * between rotations.
 */
export class PacketSealer {
  readonly session: string
  readonly #sessionKey: SessionKey
  readonly #keyring: Keyring
  readonly #packetKeys = new Map<string, Uint8Array>()
  /** By session and public key. Every stream with a member asks for the same pair, and agreeing is dear. */
  readonly #pairs = new Map<string, PairKeys>()
  #counter = 0

  constructor(keyring: Keyring, random: Random) {
    this.#keyring = keyring
    this.session = Buffer.from(random.bytes(SESSION_BYTES)).toString('hex')
    this.#sessionKey = createSessionKey(random.bytes(SESSION_KEY_BYTES))
  }

  /** The session's X25519 public key. */
  get publicKey(): Uint8Array {
    return this.#sessionKey.publicKey
  }

  /** The counter that the next packet will have. */
  get nextCounter(): number {
    return this.#counter + 1
  }

  /** The keys with a session whose proof verified; undefined for a public key that no honest peer has. */
  pairWith(peerSession: string, peerPublicKey: Uint8Array): PairKeys | undefined {
    const name = peerSession + Buffer.from(peerPublicKey).toString('latin1')
    const known = this.#pairs.get(name)
    if (known !== undefined) return known
    const shared = this.#sessionKey.agree(peerPublicKey)
    if (shared === undefined) return undefined
    const pair = new PairKeys(shared, this.session, peerSession)
    this.#pairs.set(name, pair)
    const eldest = this.#pairs.keys().next()
    if (this.#pairs.size > PAIRS_REMEMBERED_MAX && eldest.done !== true) this.#pairs.delete(eldest.value)
    return pair
  }

  /** Bytes that go before every body now. */
  get prefixBytes(): number {
    return this.#keyring.state.keyIds.length > 1 ? KEY_ID_BYTES : 0
  }

  /**
   * A packet under the primary key and, where the receiver is known, under the key of the pair. Throws
   * `KONOR_GOSSIP_SESSION_EXHAUSTED` after 2^48 of them.
   */
  seal(body: Uint8Array, context: Uint8Array, pair?: PairKeys): Uint8Array {
    if (this.#counter >= COUNTER_MAX)
      throw new KonorError('KONOR_GOSSIP_SESSION_EXHAUSTED', 'this session has no counters left: restart')
    const { primary, digest } = this.#keyring.state
    const prefixed = this.prefixBytes > 0
    const header = {
      version: WIRE_VERSION,
      flags: (prefixed ? FLAG_KEYRING_DIGEST : 0) | (pair === undefined ? 0 : FLAG_PAIR_KEY),
      keyId: primary,
      session: this.session,
      counter: ++this.#counter,
    }
    const whole = prefixed ? Buffer.concat([Buffer.from(digest, 'hex'), body]) : body
    return sealPacket(this.#packetKey(primary, pair), header, context, whole)
  }

  #packetKey(keyId: string, pair: PairKeys | undefined): Uint8Array {
    const groupKey = this.#keyring.find(keyId)
    if (groupKey === undefined) throw new Error('The primary key of a keyring is always in it.')
    if (pair !== undefined) return pair.outgoing(keyId, groupKey)
    const cached = this.#packetKeys.get(keyId)
    if (cached !== undefined) return cached
    if (this.#packetKeys.size >= KEYS_MAX) this.#packetKeys.clear()
    const packetKey = packetKeyOf(groupKey, this.session)
    this.#packetKeys.set(keyId, packetKey)
    return packetKey
  }
}
