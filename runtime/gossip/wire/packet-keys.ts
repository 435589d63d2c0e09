import { hkdfSync } from 'node:crypto'
import { GROUP_KEY_BYTES, KEY_ID_BYTES } from './wire-limits.ts'

const NO_SALT = Buffer.alloc(0)

/** The name of a group key on the wire: 8 hexadecimal digits of HKDF-SHA256(key, no salt, "kid"). */
export function keyIdOf(groupKey: Uint8Array): string {
  return Buffer.from(hkdfSync('sha256', groupKey, NO_SALT, 'kid', KEY_ID_BYTES)).toString('hex')
}

/**
 * The key of what a sender says to whom it has not met: HKDF-SHA256(group key, salt = session, "pkt v1"). Each session
 * has its own, so that counters can be nonces: under one shared key with random nonces a large group reaches the limit
 * of AES-GCM in days. Every member can derive it, so it proves no more than membership.
 */
export function packetKeyOf(groupKey: Uint8Array, session: string): Uint8Array {
  const salt = Buffer.from(session, 'hex')
  return Buffer.from(hkdfSync('sha256', groupKey, salt, 'pkt v1', GROUP_KEY_BYTES))
}

/**
 * The key of what one session says to another that it has met: HKDF-SHA256(X25519 of both || group key, salt = session
 * of the sender || session of the receiver, "konorkestra/gossip/pair/v1").
 */
export function pairKeyOf(
  shared: Uint8Array,
  groupKey: Uint8Array,
  sender: string,
  receiver: string,
): Uint8Array {
  const secret = Buffer.concat([shared, groupKey])
  const salt = Buffer.from(sender + receiver, 'hex')
  return Buffer.from(hkdfSync('sha256', secret, salt, 'konorkestra/gossip/pair/v1', GROUP_KEY_BYTES))
}
