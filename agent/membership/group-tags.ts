import { createHmac } from 'node:crypto'
import type { BundleKey } from '../store/node-state.ts'

/** Bits of the filter: the metadata hash of a gossip record. */
const TAG_BITS = 128
const BITS_PER_GROUP = 2
const LABEL = 'konorkestra/group-tag/v1'

/**
 * The groups of a member as its gossip record tells them, 32 hexadecimal digits: a Bloom filter of 128 bits, two of
 * them for each group, from HMAC-SHA256 (RFC 2104) under the group's bundle key. Whoever has the key of a group finds
 * its members; to anyone else the bits are noise.
 */
export function groupTagsOf(bundleKeys: readonly BundleKey[]): string {
  const filter = Buffer.alloc(TAG_BITS / 8)
  for (const { key } of bundleKeys)
    for (const bit of bitsOf(key)) filter[bit >> 3] = (filter[bit >> 3] ?? 0) | (1 << (bit & 7))
  return filter.toString('hex')
}

/**
 * Whether a member with certain tags may belong to the group of this key; the bits of the group are found once, for
 * many members. False is certain; true may be another group's bits, so the member has to show that it has the key.
 */
export function mayBelongTo(bundleKey: Uint8Array): (groupTags: string | undefined) => boolean {
  const bits = bitsOf(bundleKey)
  return groupTags => {
    const filter = Buffer.from(groupTags ?? '', 'hex')
    if (filter.length !== TAG_BITS / 8) return false
    return bits.every(bit => ((filter[bit >> 3] ?? 0) & (1 << (bit & 7))) !== 0)
  }
}

/** The bits of a group: the first bytes of the code, each modulo the size of the filter. */
function bitsOf(bundleKey: Uint8Array): number[] {
  const code = createHmac('sha256', bundleKey).update(LABEL).digest()
  return [...code.subarray(0, BITS_PER_GROUP)].map(byte => byte % TAG_BITS)
}
