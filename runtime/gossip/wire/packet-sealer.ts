import { KonorError } from '../../../actors/vocabulary/errors/konor-error.ts'
import type { Random } from '../../ports/random.ts'
import type { Keyring } from './keyring.ts'
import { sealPacket } from './packet-cipher.ts'
import { packetKeyOf } from './packet-keys.ts'
import { COUNTER_MAX, KEY_ID_BYTES, KEYS_MAX, SESSION_BYTES, WIRE_VERSION } from './wire-limits.ts'

/** Flag: the body begins with the 4-byte digest of the sender's keyring. */
export const FLAG_KEYRING_DIGEST = 1

/**
 * Seals what this process sends. Its session is drawn at random when it starts and its counter never repeats, so no
 * nonce is used twice under a key, whatever happens to clocks and disks.
 *
 * A sender with one key says with the key id of its packets which keyring it has. During a rotation it has more, and
 * then puts the digest of its keyring before every body: so everyone sees how far the rotation is, and pays nothing
 * between rotations.
 */
export class PacketSealer {
  readonly session: string
  readonly #keyring: Keyring
  readonly #packetKeys = new Map<string, Uint8Array>()
  #counter = 0

  constructor(keyring: Keyring, random: Random) {
    this.#keyring = keyring
    this.session = Buffer.from(random.bytes(SESSION_BYTES)).toString('hex')
  }

  /** Bytes that go before every body now. */
  get prefixBytes(): number {
    return this.#keyring.state.keyIds.length > 1 ? KEY_ID_BYTES : 0
  }

  /** A packet under the primary key. Throws `KONOR_GOSSIP_SESSION_EXHAUSTED` after 2^48 of them. */
  seal(body: Uint8Array, context: Uint8Array): Uint8Array {
    if (this.#counter >= COUNTER_MAX)
      throw new KonorError('KONOR_GOSSIP_SESSION_EXHAUSTED', 'this session has no counters left: restart')
    const { primary, digest } = this.#keyring.state
    const prefixed = this.prefixBytes > 0
    const header = {
      version: WIRE_VERSION,
      flags: prefixed ? FLAG_KEYRING_DIGEST : 0,
      keyId: primary,
      session: this.session,
      counter: ++this.#counter,
    }
    const whole = prefixed ? Buffer.concat([Buffer.from(digest, 'hex'), body]) : body
    return sealPacket(this.#packetKey(primary), header, context, whole)
  }

  #packetKey(keyId: string): Uint8Array {
    const cached = this.#packetKeys.get(keyId)
    if (cached !== undefined) return cached
    const groupKey = this.#keyring.find(keyId)
    if (groupKey === undefined) throw new Error('The primary key of a keyring is always in it.')
    if (this.#packetKeys.size >= KEYS_MAX) this.#packetKeys.clear()
    const packetKey = packetKeyOf(groupKey, this.session)
    this.#packetKeys.set(keyId, packetKey)
    return packetKey
  }
}
