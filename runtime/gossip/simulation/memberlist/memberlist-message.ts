/** What memberlist's members say, by number instead of name. */
export type Claim =
  | { readonly kind: 'alive'; readonly node: number; readonly incarnation: number; readonly version: number }
  | {
      readonly kind: 'suspect' | 'dead'
      readonly node: number
      readonly incarnation: number
      readonly from: number
    }

export type MemberlistMessage =
  | { readonly kind: 'ping'; readonly seq: number; readonly claims: readonly Claim[] }
  | { readonly kind: 'ack'; readonly seq: number; readonly claims: readonly Claim[] }
  | {
      readonly kind: 'indirect-ping'
      readonly seq: number
      readonly target: number
      readonly claims: readonly Claim[]
    }
  | { readonly kind: 'nack'; readonly seq: number; readonly claims: readonly Claim[] }
  | { readonly kind: 'gossip'; readonly claims: readonly Claim[] }
  | { readonly kind: 'push-pull'; readonly claims: readonly Claim[]; readonly answers: boolean }
  | { readonly kind: 'stream-ping'; readonly seq: number }
  | { readonly kind: 'stream-ack'; readonly seq: number }

/**
 * Bytes in msgpack with its field names, for names of ten characters and IPv4: type byte, map, then key and value
 * each. What the codec writes for the structs of net.go.
 */
const PING_BYTES = 1 + 1 + 6 + 5 + 5 + 11 + 11 + 6 + 11 + 3 + 11 + 11
const INDIRECT_PING_BYTES = PING_BYTES + 7 + 6 + 5 + 3 + 5 + 1
const ACK_BYTES = 1 + 1 + 6 + 5 + 8 + 1
const NACK_BYTES = 1 + 1 + 6 + 5
const ACCUSATION_BYTES = 1 + 1 + 12 + 5 + 5 + 11 + 5 + 11
const ALIVE_BYTES = 1 + 1 + 12 + 5 + 5 + 11 + 5 + 6 + 5 + 3 + 5 + 1 + 4 + 8
/** Version, nonce and tag of an encrypted packet. */
const ENCRYPTION_BYTES = 29
const COMPOUND_HEADER_BYTES = 2
const COMPOUND_PART_BYTES = 2
const UDP_BUFFER_BYTES = 1_400
/** One state of a push/pull: name, address, port, metadata, incarnation, state, versions. */
const STATE_BYTES = 75

export function claimBytes(claim: Claim): number {
  return COMPOUND_PART_BYTES + (claim.kind === 'alive' ? ALIVE_BYTES : ACCUSATION_BYTES)
}

/** Room for claims beside the message itself. */
export function roomBytes(kind: MemberlistMessage['kind']): number {
  return UDP_BUFFER_BYTES - ENCRYPTION_BYTES - COMPOUND_HEADER_BYTES - ownBytes(kind)
}

/** Bytes of the packet, or of the stream. `members` is what a push/pull lists. */
export function packetBytes(message: MemberlistMessage, members: number): number {
  if (message.kind === 'push-pull') return ENCRYPTION_BYTES + 20 + STATE_BYTES * members
  const claims = 'claims' in message ? message.claims : []
  const parts = claims.reduce((sum, claim) => sum + claimBytes(claim), 0)
  const compound = claims.length === 0 ? 0 : COMPOUND_HEADER_BYTES
  return ENCRYPTION_BYTES + ownBytes(message.kind) + compound + parts
}

function ownBytes(kind: MemberlistMessage['kind']): number {
  switch (kind) {
    case 'ping':
    case 'stream-ping':
      return PING_BYTES
    case 'indirect-ping':
      return INDIRECT_PING_BYTES
    case 'ack':
    case 'stream-ack':
      return ACK_BYTES
    case 'nack':
      return NACK_BYTES
    default:
      return 0
  }
}
