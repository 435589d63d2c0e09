import type { MemberAddress } from '../core/messages.ts'
import type { Cookies } from './cookies.ts'
import { HELD_REQUESTS_MAX } from './wire-limits.ts'

/** A session of no peer: what is asked at an address before anybody is known there. */
const WHOEVER = 'whoever'

/**
 * Challenges to addresses at which nobody is known. An answer may come from another address (a member with several), so
 * it is kept which address each was sent to: of the last `HELD_REQUESTS_MAX` of them.
 */
export class Knocks {
  readonly #cookies: Cookies
  readonly #addresses = new Map<string, MemberAddress>()

  constructor(cookies: Cookies) {
    this.#cookies = cookies
  }

  issue(to: MemberAddress, nowMs: number): Uint8Array {
    const cookie = this.#cookies.issue(WHOEVER, to, nowMs)
    const name = nameOf(cookie)
    this.#addresses.delete(name)
    this.#addresses.set(name, to)
    const eldest = this.#addresses.keys().next()
    if (this.#addresses.size > HELD_REQUESTS_MAX && eldest.done !== true) this.#addresses.delete(eldest.value)
    return cookie
  }

  /** The address that was asked with this cookie not long ago. */
  addressOf(cookie: Uint8Array, nowMs: number): MemberAddress | undefined {
    const address = this.#addresses.get(nameOf(cookie))
    if (address === undefined || !this.#cookies.verify(cookie, WHOEVER, address, nowMs)) return undefined
    return address
  }
}

function nameOf(cookie: Uint8Array): string {
  return Buffer.from(cookie).toString('hex')
}
