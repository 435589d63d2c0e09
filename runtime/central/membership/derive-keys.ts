import { hkdfSync } from 'node:crypto'

const KEY_BYTES = 32

/** Gossip's group key of a generation (RFC 5869). Only numbers of generations are ever written down. */
export function deriveGossipKey(secret: Uint8Array, generation: number): Uint8Array {
  return derive(secret, `konorkestra/gossip-key/v1/${generation}`)
}

/** The keys of several generations, in their order. */
export function groupKeys(
  secret: Uint8Array,
  [first, ...others]: readonly [number, ...number[]],
): [Uint8Array, ...Uint8Array[]] {
  return [deriveGossipKey(secret, first), ...others.map(one => deriveGossipKey(secret, one))]
}

/** The key that seals a group's bundles between agents; members of the group alone are told it. */
export function deriveBundleKey(secret: Uint8Array, group: string): Uint8Array {
  return derive(secret, `konorkestra/bundle/v1/${group}`)
}

function derive(secret: Uint8Array, info: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', secret, new Uint8Array(), info, KEY_BYTES))
}
