import { createPrivateKey, sign, verify } from 'node:crypto'
import { encodeCanonical } from '../../actors/vocabulary/canonical/encode-canonical.ts'
import { ed25519PublicKey } from '../../actors/vocabulary/ed25519-public-key.ts'
import type { Generation } from '../../actors/vocabulary/revision.ts'

const STATEMENT_VERSION = 1
const SEED_BYTES = 32
/** DER of an Ed25519 private key up to its seed (RFC 8410). */
const PRIVATE_KEY_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex')

/** What central says of a group when it signs: this it has committed, by then and in that order of commands. */
export interface CommittedStatement extends Generation {
  readonly cluster: string
  readonly group: string
  readonly timeline: number
  readonly epoch: number
}

/** Signs what was committed with the key that agents pin: 64 bytes, Ed25519 (RFC 8032). The same for the same words. */
export type SignCommitted = (statement: CommittedStatement) => Uint8Array

/** A signer that holds the key; `secretKey` is the seed and the public key, 64 bytes, as links have it. */
export function createCommittedSigner(secretKey: Uint8Array): SignCommitted {
  const seed = secretKey.subarray(0, SEED_BYTES)
  const key = createPrivateKey({
    key: Buffer.concat([PRIVATE_KEY_PREFIX, seed]),
    format: 'der',
    type: 'pkcs8',
  })
  return statement => Uint8Array.from(sign(null, bytesOf(statement), key))
}

/** Whether the holder of `publicKey` signed just this statement. */
export function verifyCommitted(
  publicKey: Uint8Array,
  statement: CommittedStatement,
  signature: Uint8Array,
): boolean {
  return verify(null, bytesOf(statement), ed25519PublicKey(publicKey), signature)
}

/**
 * The canonical CBOR map that is signed. The same key proves a member's records of gossip, which are lists: no
 * sentence of one kind can be taken for one of the other.
 */
function bytesOf(statement: CommittedStatement): Uint8Array {
  const { cluster, group, timeline, epoch, revision, digest, sizeBytes } = statement
  const order = { timeline, epoch }
  const words = { v: STATEMENT_VERSION, kind: 'committed', cluster, group }
  return encodeCanonical({ ...words, ...order, revision, digest, sizeBytes })
}
