import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Random } from '../../ports/random.ts'
import { COOKIE_BYTES, COOKIE_LIFETIME_MS } from './wire-limits.ts'

const SECRET_BYTES = 32

/** Challenges without memory: a cookie is recomputed from what it proves. */
export interface Cookies {
  /** What `session` at `address` must send back. */
  issue(session: string, address: string, nowMs: number): Uint8Array
  /** Whether `cookie` was issued for just this session and address within the last 10 to 20 seconds. */
  verify(cookie: Uint8Array, session: string, address: string, nowMs: number): boolean
  /** Makes every cookie that was issued void. */
  renew(): void
}

/**
 * A cookie is HMAC-SHA256(secret, period, session, address)[0..16]. A session that sends one back has sealed a packet
 * after we asked, so it lives and no recording speaks; and it can be reached at that address, so nobody borrows it.
 */
export function createCookies(random: Random): Cookies {
  let secret = random.bytes(SECRET_BYTES)

  function cookieOf(session: string, address: string, period: number): Uint8Array {
    const digest = createHmac('sha256', secret).update(`${period} ${session} ${address}`).digest()
    return Uint8Array.from(digest.subarray(0, COOKIE_BYTES))
  }

  return {
    issue: (session, address, nowMs) => cookieOf(session, address, periodOf(nowMs)),
    verify(cookie, session, address, nowMs) {
      if (cookie.length !== COOKIE_BYTES) return false
      const period = periodOf(nowMs)
      return [period, period - 1].some(at => timingSafeEqual(cookieOf(session, address, at), cookie))
    },
    renew() {
      secret = random.bytes(SECRET_BYTES)
    },
  }
}

function periodOf(nowMs: number): number {
  return Math.floor(nowMs / COOKIE_LIFETIME_MS)
}
