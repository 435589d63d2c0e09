import { createPrivateKey, createPublicKey, diffieHellman, type KeyObject } from 'node:crypto'

/** Bytes of an X25519 key, either half (RFC 7748). */
export const SESSION_KEY_BYTES = 32
/** DER of an X25519 private key up to its bytes, and of a public key (RFC 8410). */
const PRIVATE_KEY_PREFIX = Buffer.from('302e020100300506032b656e04220420', 'hex')
const PUBLIC_KEY_PREFIX = Buffer.from('302a300506032b656e032100', 'hex')

/** The X25519 key of one start of a process. It is never stored: what was sealed with it stays so when that ends. */
export interface SessionKey {
  /** 32 bytes. */
  readonly publicKey: Uint8Array
  /** What only the holders of both keys can compute, 32 bytes; undefined for a public key that no honest peer has. */
  agree(peerPublicKey: Uint8Array): Uint8Array | undefined
}

/** The key of 32 random bytes. */
export function createSessionKey(secret: Uint8Array): SessionKey {
  const der = Buffer.concat([PRIVATE_KEY_PREFIX, secret])
  const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
  const exported = createPublicKey(privateKey).export({ format: 'der', type: 'spki' })
  return {
    publicKey: Uint8Array.from(exported.subarray(-SESSION_KEY_BYTES)),
    agree: peerPublicKey => agreed(privateKey, peerPublicKey),
  }
}

function agreed(privateKey: KeyObject, peerPublicKey: Uint8Array): Uint8Array | undefined {
  if (peerPublicKey.length !== SESSION_KEY_BYTES) return undefined
  const der = Buffer.concat([PUBLIC_KEY_PREFIX, peerPublicKey])
  const publicKey = createPublicKey({ key: der, format: 'der', type: 'spki' })
  try {
    return diffieHellman({ privateKey, publicKey })
  } catch {
    // A point of low order, with which everybody would agree on zero: OpenSSL refuses it (RFC 7748, section 6.1).
    return undefined
  }
}
