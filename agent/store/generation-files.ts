import { join } from 'node:path'
import { type Digest, digestOfBytes, isDigest } from '../../actors/vocabulary/canonical/digest.ts'
import { KonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import type { Disk } from '../../runtime/ports/disk.ts'
import type { Random } from '../../runtime/ports/random.ts'
import { SEAL_OVERHEAD_BYTES, seal, unseal } from './seal.ts'

/** Largest bundle that is stored: 16 MiB of values and what their encoding adds. */
export const BUNDLE_BYTES_MAX = 17 * 1024 * 1024

/** Bundles on disk, each sealed in a file named by the digest of its clear bytes, bound to that name. */
export interface GenerationFiles {
  /** Durable when it resolves. Bytes with another digest are refused with `KONOR_AGENT_BAD_BUNDLE`. */
  put(digest: Digest, bytes: Uint8Array): Promise<void>
  /** The clear bytes, verified; undefined when absent. `KONOR_AGENT_GENERATION_CORRUPT` when damaged. */
  get(digest: Digest): Promise<Uint8Array | undefined>
  remove(digest: Digest): Promise<void>
  list(): Promise<readonly Digest[]>
}

export function createGenerationFiles(
  disk: Disk,
  directory: string,
  sealKey: Uint8Array,
  random: Random,
): GenerationFiles {
  /** Files that may be seen and are not known to be durable: those that are being written, or were not to the end. */
  const unsure = new Map<Digest, Promise<void>>()
  return {
    async put(digest, bytes) {
      if (bytes.length > BUNDLE_BYTES_MAX || digestOfBytes(bytes) !== digest)
        throw new KonorError('KONOR_AGENT_BAD_BUNDLE', `the bytes fetched for ${digest} are not that bundle`)
      const sealed = seal(sealKey, digest, bytes, random)
      const writing = disk.writeFileAtomic(join(directory, digest), sealed, 0o600)
      unsure.set(digest, writing)
      await writing
      if (unsure.get(digest) === writing) unsure.delete(digest)
    },

    async get(digest) {
      // Two groups may want the same bundle: what one of them is still writing, the other has not got.
      await unsure.get(digest)?.catch(() => {})
      if (unsure.has(digest)) return undefined
      const sealed = await disk.readFile(join(directory, digest), BUNDLE_BYTES_MAX + SEAL_OVERHEAD_BYTES)
      if (sealed === undefined) return undefined
      const bytes = unseal(sealKey, digest, sealed)
      if (typeof bytes === 'string' || digestOfBytes(bytes) !== digest)
        throw new KonorError('KONOR_AGENT_GENERATION_CORRUPT', `the stored generation ${digest} is damaged`, {
          details: { digest },
        })
      return bytes
    },

    remove: digest => disk.remove(join(directory, digest)),

    async list() {
      return (await disk.list(directory)).filter(isDigest)
    },
  }
}
