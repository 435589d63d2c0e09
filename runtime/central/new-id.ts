import type { Clock } from '../ports/clock.ts'
import type { Random } from '../ports/random.ts'

const CROCKFORD = '0123456789abcdefghjkmnpqrstvwxyz'

/**
 * A fresh id: 48 bits of wall time and 80 random ones in Crockford's base 32 (a ULID in lower case). Sorts by
 * time.
 */
export function newId(clock: Clock, random: Random): string {
  let time = Math.max(0, Math.floor(clock.wallMs()))
  let id = ''
  for (let index = 0; index < 10; index++) {
    id = (CROCKFORD[time % 32] ?? '0') + id
    time = Math.floor(time / 32)
  }
  for (const byte of random.bytes(16)) id += CROCKFORD[byte % 32] ?? '0'
  return id
}
