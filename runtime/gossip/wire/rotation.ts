import type { MemberId } from '../core/messages.ts'
import type { KeyringState } from './keyring.ts'
import type { PeerSession } from './session-table.ts'

/** How far the peers are with the keys that this member has. */
export interface Rotation {
  readonly peers: number
  /** Peers with exactly our keys: `install` is through, or `remove` is, when they are all. */
  readonly sameKeys: number
  /** Peers that seal with our primary key: `use` is through when they are all. */
  readonly samePrimary: number
}

/** One peer, and whether it holds what this member holds. */
export interface PeerKeys {
  readonly id: MemberId
  readonly sameKeys: boolean
  readonly samePrimary: boolean
  /** Monotonic time of its newest packet. */
  readonly heardAtMs: number
}

/** What the newest packet of each peer says of its keys. */
export function peerKeysOf(own: KeyringState, peers: Iterable<Readonly<PeerSession>>): PeerKeys[] {
  return Array.from(peers, ({ id, keyringDigest, keyId, heardAtMs }) => ({
    id,
    sameKeys: keyringDigest === own.digest,
    samePrimary: keyId === own.primary,
    heardAtMs,
  }))
}

/** Counts the peers by what their newest packets say of their keys; digests alone travel, never keys. */
export function rotationOf(own: KeyringState, peers: Iterable<Readonly<PeerSession>>): Rotation {
  let [count, sameKeys, samePrimary] = [0, 0, 0]
  for (const { keyringDigest, keyId } of peers) {
    count++
    if (keyringDigest === own.digest) sameKeys++
    if (keyId === own.primary) samePrimary++
  }
  return { peers: count, sameKeys, samePrimary }
}
