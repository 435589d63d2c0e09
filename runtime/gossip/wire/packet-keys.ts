import { hkdfSync } from 'node:crypto'
import { GROUP_KEY_BYTES, KEY_ID_BYTES } from './wire-limits.ts'

const NO_SALT = Buffer.alloc(0)

/** The name of a group key on the wire: 8 hexadecimal digits of HKDF-SHA256(key, no salt, "kid"). */
export function keyIdOf(groupKey: Uint8Array): string {
  return Buffer.from(hkdfSync('sha256', groupKey, NO_SALT, 'kid', KEY_ID_BYTES)).toString('hex')
}

/**
 * The key of one sender's packets: HKDF-SHA256(group key, salt = session, "pkt v1"). Each session has its own, so that
 * counters can be nonces: under one shared key with random nonces a large group reaches the limit of AES-GCM in days.
 */
export function packetKeyOf(groupKey: Uint8Array, session: string): Uint8Array {
  const salt = Buffer.from(session, 'hex')
  return Buffer.from(hkdfSync('sha256', groupKey, salt, 'pkt v1', GROUP_KEY_BYTES))
}
