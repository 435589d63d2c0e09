import type { Keyring } from '../../runtime/gossip/wire/keyring.ts'

/**
 * Brings the keyring to exactly the keys that central named, the first of them in use. It happens in one turn, so that
 * no packet meets a keyring that is half of each. Throws `KONOR_GOSSIP_KEY_INVALID` for what is no key.
 */
export function followKeys(keyring: Keyring, keys: readonly [Uint8Array, ...Uint8Array[]]): void {
  const [first, ...rest] = keys
  const { primary, keyIds } = keyring.state
  // All but the key in use go first and those still named come again: there is room for each, however many moved on.
  for (const keyId of keyIds) if (keyId !== primary) keyring.remove(keyId)
  const next = keyring.install(first)
  keyring.use(next)
  if (primary !== next) keyring.remove(primary)
  for (const key of rest) keyring.install(key)
}
