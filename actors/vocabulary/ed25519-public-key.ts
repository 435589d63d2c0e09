import { createPublicKey, type KeyObject } from 'node:crypto'

/** Keys that are remembered; past it the one that was made first is made again when it is needed. */
export const PUBLIC_KEYS_REMEMBERED_MAX = 1_024
/** DER of an Ed25519 public key up to its bytes (RFC 8410). */
const PREFIX = Buffer.from('302a300506032b6570032100', 'hex')

const remembered = new Map<string, KeyObject>()

/**
 * 32 bytes of an Ed25519 public key as Node's `verify` wants them. Making such an object costs more than verifying with
 * it, and the same few keys are asked for again and again: those of members, and of central.
 */
export function ed25519PublicKey(bytes: Uint8Array): KeyObject {
  const name = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
  const known = remembered.get(name)
  if (known !== undefined) return known
  const key = createPublicKey({ key: Buffer.concat([PREFIX, bytes]), format: 'der', type: 'spki' })
  remembered.set(name, key)
  if (remembered.size > PUBLIC_KEYS_REMEMBERED_MAX)
    for (const oldest of remembered.keys()) {
      remembered.delete(oldest)
      break
    }
  return key
}
