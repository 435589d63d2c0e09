import { pairKeyOf } from './packet-keys.ts'
import { KEYS_MAX } from './wire-limits.ts'

/**
 * The packet keys of two sessions, either direction, under each group key. They follow from what the X25519 keys of
 * both agree on and from the group key: another member has not the one, and whoever was rotated out not the other.
 */
export class PairKeys {
  readonly #shared: Uint8Array
  readonly #session: string
  readonly #peerSession: string
  readonly #outgoing = new Map<string, Uint8Array>()
  readonly #incoming = new Map<string, Uint8Array>()

  constructor(shared: Uint8Array, session: string, peerSession: string) {
    this.#shared = shared
    this.#session = session
    this.#peerSession = peerSession
  }

  /** What we seal for the peer with. */
  outgoing(keyId: string, groupKey: Uint8Array): Uint8Array {
    return remembered(this.#outgoing, keyId, () =>
      pairKeyOf(this.#shared, groupKey, this.#session, this.#peerSession),
    )
  }

  /** What the peer seals for us with. */
  incoming(keyId: string, groupKey: Uint8Array): Uint8Array {
    return remembered(this.#incoming, keyId, () =>
      pairKeyOf(this.#shared, groupKey, this.#peerSession, this.#session),
    )
  }
}

/** Only keys of our keyring get here, so nobody outside fills a cache. */
function remembered(cache: Map<string, Uint8Array>, keyId: string, derive: () => Uint8Array): Uint8Array {
  const held = cache.get(keyId)
  if (held !== undefined) return held
  // Keys that were rotated out are forgotten here at the latest.
  if (cache.size >= KEYS_MAX) cache.clear()
  const derived = derive()
  cache.set(keyId, derived)
  return derived
}
