import { type Digest, digestOfBytes } from '../../../actors/vocabulary/canonical/digest.ts'

/** What is kept of an API key. A key is 32 random bytes: it needs no slow hash. */
export function apiKeyDigest(apiKey: string): Digest {
  return digestOfBytes(Buffer.from(apiKey, 'utf8'))
}
