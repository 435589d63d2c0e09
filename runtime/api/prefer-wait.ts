import { PREFER_WAIT_SECONDS_MAX } from './api-limits.ts'

/**
 * Seconds that the caller is ready to wait for the end of the job (RFC 7240 `Prefer: wait=SECONDS`), shortened to the
 * bound; undefined when it does not ask, or not in a form we know: unknown preferences are ignored, says the RFC.
 */
export function preferredWaitSeconds(prefer: string | string[] | undefined): number | undefined {
  const preferences = (Array.isArray(prefer) ? prefer.join(',') : (prefer ?? '')).split(/[,;]/)
  for (const preference of preferences) {
    const seconds = /^\s*wait\s*=\s*"?(\d{1,9})"?\s*$/i.exec(preference)?.[1]
    if (seconds !== undefined) return Math.min(Number(seconds), PREFER_WAIT_SECONDS_MAX)
  }
  return undefined
}
