import { DIGEST_BUCKETS } from './message-bounds.ts'
import type { MemberRecord } from './member-record.ts'
import type { MemberId } from './messages.ts'

/** FNV-1a, 32 bits (Fowler, Noll, Vo; RFC 9923). Finds differences; members who speak at all are authenticated. */
const OFFSET_BASIS = 0x811c9dc5
const PRIME = 0x01000193

/** The bucket of a digest in which a member counts. */
export function bucketOf(id: MemberId): number {
  return hashText(OFFSET_BASIS, id) % DIGEST_BUCKETS
}

/**
 * 32 bits of what a record adds to the digest: id, epoch, incarnation, and whether it is suspected. Only the living
 * count, because tombstones are cleared away at different times.
 */
export function recordHash(record: MemberRecord): number {
  if (record.status !== 'alive' && record.status !== 'suspect') return 0
  const withId = hashText(OFFSET_BASIS, record.id)
  const withLife = hashText(withId, `/${record.epoch}/${record.incarnation}/${record.status}`)
  return avalanche(withLife)
}

function hashText(start: number, text: string): number {
  let hash = start
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), PRIME)
  return hash >>> 0
}

/** Spreads every bit over the whole word (MurmurHash3's finalizer), because hashes of a bucket are added up. */
function avalanche(word: number): number {
  let mixed = Math.imul(word ^ (word >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return (mixed ^ (mixed >>> 16)) >>> 0
}
