import { createHash } from 'node:crypto'
import type { JournalRecord } from '../../runtime/journal/journal.ts'

/**
 * The hash that a record should carry, computed by a stranger to the product: SHA-256 over the deterministic CBOR
 * (RFC 8949, 4.2) of what the record holds, in the order in which the journal's documentation names it.
 */
export function sealOfRecord(record: Omit<JournalRecord, 'hash'>): string {
  const { prevHash, seq, timeline, epoch, timeMs, wallMs, id, payload, outputs } = record
  const parts = [
    text(prevHash),
    ...[seq, timeline, epoch, timeMs, wallMs].map(number),
    ...[id, sha256(payload), sha256(outputs)].map(text),
  ]
  return sha256(Buffer.concat([head(4, parts.length), ...parts]))
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value, 'utf8')
  return Buffer.concat([head(3, bytes.length), bytes])
}

/** A time may have a fraction: then the shortest float that is the same number. */
function number(value: number): Buffer {
  if (Number.isSafeInteger(value)) return value < 0 ? head(1, -1 - value) : head(0, value)
  const half = halfOf(value)
  if (half !== undefined) return half
  if (Math.fround(value) === value) {
    const bytes = Buffer.from([0xfa, 0, 0, 0, 0])
    bytes.writeFloatBE(value, 1)
    return bytes
  }
  const bytes = Buffer.from([0xfb, 0, 0, 0, 0, 0, 0, 0, 0])
  bytes.writeDoubleBE(value, 1)
  return bytes
}

/** IEEE 754 binary16 of a positive number with a fraction, if it has one: ten fraction bits, exponents -14 to 15. */
function halfOf(value: number): Buffer | undefined {
  const exponent = Math.max(-14, Math.floor(Math.log2(value)))
  const scaled = value / 2 ** (exponent - 10)
  if (!Number.isInteger(scaled) || scaled >= 2_048 || exponent > 15) return undefined
  const bits = scaled >= 1_024 ? ((exponent + 15) << 10) | (scaled - 1_024) : scaled
  return Buffer.from([0xf9, bits >> 8, bits & 0xff])
}

/** Major type and argument in the fewest bytes. */
function head(major: number, argument: number): Buffer {
  const type = major << 5
  if (argument < 24) return Buffer.from([type | argument])
  if (argument < 2 ** 8) return Buffer.from([type | 24, argument])
  if (argument < 2 ** 16) return Buffer.from([type | 25, argument >> 8, argument & 0xff])
  const bytes = Buffer.alloc(argument < 2 ** 32 ? 5 : 9)
  bytes[0] = type | (bytes.length === 5 ? 26 : 27)
  if (bytes.length === 5) bytes.writeUInt32BE(argument, 1)
  else bytes.writeBigUInt64BE(BigInt(argument), 1)
  return bytes
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
