import { createCipheriv, createDecipheriv, createHash } from 'node:crypto'
import type { Random } from '../../runtime/ports/random.ts'

/** Sealed bytes: magic with version, key id, nonce, AES-256-GCM ciphertext, tag. */
const MAGIC = Buffer.from('KNS1')
const KEY_ID_BYTES = 8
const NONCE_BYTES = 12
const TAG_BYTES = 16
const HEADER_BYTES = MAGIC.length + KEY_ID_BYTES + NONCE_BYTES

export const SEAL_KEY_BYTES = 32
/** What sealing adds to the size. */
export const SEAL_OVERHEAD_BYTES = HEADER_BYTES + TAG_BYTES

/** Why bytes could not be opened. `foreign`: not ours, or of another version; `key`: sealed with another key. */
export type SealDamage = 'foreign' | 'key' | 'damaged'

/**
 * Encrypts and authenticates bytes for rest (AES-256-GCM, NIST SP 800-38D), bound to what they are meant to be by
 * `about`: a file moved to another name does not open. Each call draws a fresh 96-bit nonce.
 */
export function seal(key: Uint8Array, about: string, bytes: Uint8Array, random: Random): Uint8Array {
  const nonce = random.bytes(NONCE_BYTES)
  const header = Buffer.concat([MAGIC, keyId(key), nonce])
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES })
  cipher.setAAD(associated(header, about))
  return Buffer.concat([header, cipher.update(bytes), cipher.final(), cipher.getAuthTag()])
}

/** Opens what `seal` made with the same key and `about`; otherwise says what is wrong, and nothing is given out. */
export function unseal(key: Uint8Array, about: string, sealed: Uint8Array): Uint8Array | SealDamage {
  const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength)
  if (bytes.length < SEAL_OVERHEAD_BYTES || !bytes.subarray(0, MAGIC.length).equals(MAGIC)) return 'foreign'
  const header = bytes.subarray(0, HEADER_BYTES)
  if (!header.subarray(MAGIC.length, MAGIC.length + KEY_ID_BYTES).equals(keyId(key))) return 'key'
  const nonce = header.subarray(MAGIC.length + KEY_ID_BYTES)
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES })
  decipher.setAAD(associated(header, about))
  decipher.setAuthTag(bytes.subarray(bytes.length - TAG_BYTES))
  try {
    return Buffer.concat([decipher.update(bytes.subarray(HEADER_BYTES, -TAG_BYTES)), decipher.final()])
  } catch {
    // The cipher says no more than that the tag does not match; the caller turns it into its own coded error.
    return 'damaged'
  }
}

/** Tells a wrong key from damage without telling anything of the key. */
function keyId(key: Uint8Array): Buffer {
  return createHash('sha256').update('konor-seal-key-id').update(key).digest().subarray(0, KEY_ID_BYTES)
}

function associated(header: Uint8Array, about: string): Buffer {
  return Buffer.concat([header, Buffer.from(about)])
}
