import { createHash } from 'node:crypto'
import { KonorError } from '../../../actors/vocabulary/errors/konor-error.ts'
import { keyIdOf } from './packet-keys.ts'
import { GROUP_KEY_BYTES, KEY_ID_BYTES, KEYS_MAX } from './wire-limits.ts'

/** What may be told of a keyring: names of keys, never keys. */
export interface KeyringState {
  readonly primary: string
  /** The ids of all keys, sorted. */
  readonly keyIds: readonly string[]
  /** Of the ids: two keyrings with one digest hold the same keys. 8 hexadecimal digits. */
  readonly digest: string
}

/**
 * The group keys of a member: all of them open packets, the primary one seals. A rotation is `install` everywhere,
 * `use` everywhere, `remove` everywhere, each step only after the one before has reached every member: so every packet
 * on the way is sealed under a key that its receiver holds, and nobody is dropped.
 */
export interface Keyring {
  readonly state: KeyringState
  /** Adds a key that opens packets from now on. Again is no change. Throws `KONOR_GOSSIP_KEYS_FULL`. */
  install(groupKey: Uint8Array): string
  /** Seals with an installed key from now on. Throws `KONOR_GOSSIP_KEY_INVALID`. */
  use(keyId: string): void
  /** Forgets a key. Absent is no change; the primary one is refused with `KONOR_GOSSIP_KEY_INVALID`. */
  remove(keyId: string): void
  find(keyId: string): Uint8Array | undefined
}

/** A keyring with its first key as the primary one. Throws `KONOR_GOSSIP_KEY_INVALID`, `KONOR_GOSSIP_KEYS_FULL`. */
export function createKeyring(groupKeys: readonly [Uint8Array, ...Uint8Array[]]): Keyring {
  const keys = new Map<string, Uint8Array>()
  let state: KeyringState = { primary: '', keyIds: [], digest: '' }

  function become(primary: string): void {
    const keyIds = [...keys.keys()].toSorted()
    state = { primary, keyIds, digest: keyringDigest(keyIds) }
  }

  function install(groupKey: Uint8Array): string {
    if (groupKey.length !== GROUP_KEY_BYTES)
      throw invalid(`a group key has ${GROUP_KEY_BYTES} bytes, this one ${groupKey.length}: make a new one`)
    const keyId = keyIdOf(groupKey)
    const held = keys.get(keyId)
    if (held !== undefined && Buffer.compare(held, groupKey) !== 0)
      throw invalid(`another key is already called ${keyId}: make a new one`)
    if (held === undefined && keys.size >= KEYS_MAX)
      throw new KonorError(
        'KONOR_GOSSIP_KEYS_FULL',
        `the keyring holds ${KEYS_MAX} keys: remove what is unused`,
      )
    // A copy: whoever gave the key may wipe it.
    keys.set(keyId, Uint8Array.from(groupKey))
    become(state.primary)
    return keyId
  }

  const ids = groupKeys.map(install)
  become(ids[0] ?? '')
  return {
    get state() {
      return state
    },
    install,
    use(keyId) {
      if (!keys.has(keyId)) throw invalid(`key ${keyId} is not installed: install it before it is used`)
      become(keyId)
    },
    remove(keyId) {
      if (keyId === state.primary) throw invalid(`key ${keyId} is in use: use another before it is removed`)
      keys.delete(keyId)
      become(state.primary)
    },
    find: keyId => keys.get(keyId),
  }
}

/** The digest of a set of key ids: the first 4 bytes of SHA-256 over the sorted ids (4 bytes each). */
export function keyringDigest(keyIds: readonly string[]): string {
  const ids = Buffer.from(keyIds.toSorted().join(''), 'hex')
  return createHash('sha256')
    .update(ids)
    .digest('hex')
    .slice(0, KEY_ID_BYTES * 2)
}

function invalid(message: string): KonorError {
  return new KonorError('KONOR_GOSSIP_KEY_INVALID', message)
}
