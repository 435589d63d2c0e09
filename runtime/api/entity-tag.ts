import type { IncomingHttpHeaders } from 'node:http'
import { KonorError } from '../../actors/vocabulary/errors/konor-error.ts'

/** The ETag of a key or path: its version, as a strong tag. */
export function entityTag(version: number): string {
  return `"${version}"`
}

/**
 * The version that a write demands: `If-Match: "7"` demands 7, `If-None-Match: *` demands 0 (must not exist yet),
 * neither demands nothing. Lists, weak tags and `If-Match: *` are refused, because a compare-and-set has one version.
 */
export function demandedVersion(headers: IncomingHttpHeaders): number | undefined {
  const match = headers['if-match']
  const noneMatch = headers['if-none-match']
  if (noneMatch !== undefined) {
    if (noneMatch.trim() !== '*' || match !== undefined)
      throw invalid('If-None-Match', 'only `*`, and not together with If-Match: the key must not exist yet')
    return 0
  }
  if (match === undefined) return undefined
  const version = /^"(\d{1,15})"$/.exec(match.trim())?.[1]
  if (version === undefined) throw invalid('If-Match', 'one strong tag that holds a version, such as "7"')
  return Number(version)
}

/** Whether a GET may be answered 304, because the reader already has this version. */
export function readerHas(headers: IncomingHttpHeaders, version: number): boolean {
  const tags = headers['if-none-match']?.split(',').map(tag => tag.trim().replace(/^W\//, ''))
  return tags !== undefined && (tags.includes('*') || tags.includes(entityTag(version)))
}

function invalid(header: string, expected: string): KonorError {
  return new KonorError('KONOR_API_INVALID_REQUEST', `header ${header}: expected ${expected}`, {
    errors: [{ message: `header ${header}: expected ${expected}` }],
  })
}
