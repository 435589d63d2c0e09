import type { CborValue } from '../../../actors/vocabulary/canonical/cbor-value.ts'
import { decodeCanonical } from '../../../actors/vocabulary/canonical/decode-cbor.ts'
import { type Digest, digestOfBytes, isDigest } from '../../../actors/vocabulary/canonical/digest.ts'
import { encodeCanonical } from '../../../actors/vocabulary/canonical/encode-canonical.ts'
import { KonorError } from '../../../actors/vocabulary/errors/konor-error.ts'
import type { Blob } from '../journal.ts'
import type { StreamValues } from './stream-values.ts'

/**
 * Where parts of blobs, and records too large for a message, are. Named by their digests, they may be shared.
 */
export const PART_PREFIX = 'part'

/** A blob under its digest: its parts first, so that who finds it finds all of it. */
export async function storeBlob(values: StreamValues, { digest, bytes }: Blob): Promise<void> {
  const { digest: top, depth } = await values.storeTree(PART_PREFIX, bytes)
  await values.store(keyOf(digest), encodeCanonical([top, depth]))
}

/** Undefined when there is none; `KONOR_JOURNAL_CORRUPT` when it is not what its name says. */
export async function loadBlob(values: StreamValues, digest: Digest): Promise<Uint8Array | undefined> {
  const named = await values.load(keyOf(digest))
  if (named === undefined) return undefined
  const [top, depth] = decodeCanonical(named) as readonly CborValue[]
  if (typeof top !== 'string' || !isDigest(top) || typeof depth !== 'number') throw damaged(digest)
  const bytes = await values.loadTree(PART_PREFIX, { digest: top, depth })
  if (digestOfBytes(bytes) !== digest) throw damaged(digest)
  return bytes
}

function keyOf(digest: Digest): string {
  return `blob.${digest}`
}

function damaged(digest: Digest): KonorError {
  return new KonorError('KONOR_JOURNAL_CORRUPT', `blob ${digest} is damaged`, { details: { digest } })
}
