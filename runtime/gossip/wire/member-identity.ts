import { createHash, createPrivateKey, createPublicKey, sign, verify } from 'node:crypto'
import { ed25519PublicKey } from '../../../actors/vocabulary/ed25519-public-key.ts'
import type { MemberId } from '../core/messages.ts'

export const PUBLIC_KEY_BYTES = 32
const SEED_BYTES = 32
const SIGNATURE_BYTES = 64
/** A proof is the public key and the signature that it verifies: whoever sees it first needs no other source. */
export const PROOF_BYTES = PUBLIC_KEY_BYTES + SIGNATURE_BYTES
const ID_BYTES = 16
/** DER of an Ed25519 private key up to its seed (RFC 8410). */
const PRIVATE_KEY_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex')

/** Whether `proof` is of the member called `id` and of just this statement. */
export type VerifyProof = (proof: Uint8Array, id: MemberId, statement: Uint8Array) => boolean

/** Who a member is: whoever holds the Ed25519 key. Name and address are attributes, never identity. */
export interface MemberIdentity {
  /** The first 16 bytes of SHA-256 over the public key, as hex. */
  readonly id: MemberId
  /** Public key and Ed25519 signature (RFC 8032) of `statement`, 96 bytes. */
  prove(statement: Uint8Array): Uint8Array
  /** Holds others to theirs. */
  readonly verify: VerifyProof
}

/** The identity of an Ed25519 seed of 32 bytes (of a 64-byte secret key, its first half). */
export function createMemberIdentity(seed: Uint8Array): MemberIdentity {
  const der = Buffer.concat([PRIVATE_KEY_PREFIX, seed.subarray(0, SEED_BYTES)])
  const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
  const publicKey = createPublicKey(privateKey)
    .export({ format: 'der', type: 'spki' })
    .subarray(-PUBLIC_KEY_BYTES)
  return {
    id: memberIdOf(publicKey),
    prove: statement => Uint8Array.from(Buffer.concat([publicKey, sign(null, statement, privateKey)])),
    verify: verifyProof,
  }
}

export function memberIdOf(publicKey: Uint8Array): MemberId {
  return createHash('sha256')
    .update(publicKey)
    .digest('hex')
    .slice(0, ID_BYTES * 2)
}

/** Whether `proof` is of the member called `id` and of just this statement. */
export function verifyProof(proof: Uint8Array, id: MemberId, statement: Uint8Array): boolean {
  if (proof.length !== PROOF_BYTES) return false
  const publicKey = proof.subarray(0, PUBLIC_KEY_BYTES)
  if (memberIdOf(publicKey) !== id) return false
  return verify(null, statement, ed25519PublicKey(publicKey), proof.subarray(PUBLIC_KEY_BYTES))
}
