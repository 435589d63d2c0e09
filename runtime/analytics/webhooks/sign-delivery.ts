import { createHmac } from 'node:crypto'

/** The header that proves where a delivery comes from. */
export const SIGNATURE_HEADER = 'konor-signature'
/** The header that tells a repeated delivery from a new one. */
export const DELIVERY_HEADER = 'konor-delivery'

/**
 * `t=SECONDS,v1=HEX`: HMAC-SHA256 over `SECONDS.BODY`. The time is that of the attempt, in seconds since 1970, and is
 * part of what is signed, so that a receiver can refuse what is old.
 */
export function signDelivery(secret: string, body: string, wallMs: number): string {
  const seconds = Math.floor(wallMs / 1_000)
  const hmac = createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex')
  return `t=${seconds},v1=${hmac}`
}
