import { HEADER_BYTES, KEY_ID_BYTES, PACKET_OVERHEAD_BYTES, SESSION_BYTES } from './wire-limits.ts'

const MAGIC = 0x4b4f
const VERSION_AT = 2
const FLAGS_AT = 3
const KEY_ID_AT = 4
const SESSION_AT = KEY_ID_AT + KEY_ID_BYTES
const COUNTER_AT = SESSION_AT + SESSION_BYTES
const HIGH_WORD = 2 ** 32

/**
 * The 24 bytes before every ciphertext: `KO`, version, flags, key id (4), session (8), counter (8), numbers
 * big-endian. Magic, version, flags and key id keep their places in every version of the protocol.
 */
export interface PacketHeader {
  readonly version: number
  readonly flags: number
  /** 8 hexadecimal digits. */
  readonly keyId: string
  /** 16 hexadecimal digits. */
  readonly session: string
  readonly counter: number
}

/** Reads the header; undefined for what cannot be a packet of ours, whatever its version. */
export function readHeader(datagram: Uint8Array): PacketHeader | undefined {
  if (datagram.length < PACKET_OVERHEAD_BYTES) return undefined
  const bytes = Buffer.from(datagram.buffer, datagram.byteOffset, HEADER_BYTES)
  if (bytes.readUInt16BE(0) !== MAGIC) return undefined
  return {
    version: bytes.readUInt8(VERSION_AT),
    flags: bytes.readUInt8(FLAGS_AT),
    keyId: bytes.toString('hex', KEY_ID_AT, SESSION_AT),
    session: bytes.toString('hex', SESSION_AT, COUNTER_AT),
    counter: bytes.readUInt32BE(COUNTER_AT) * HIGH_WORD + bytes.readUInt32BE(COUNTER_AT + 4),
  }
}

/** Writes the header into the first 24 bytes of `packet`. */
export function writeHeader(packet: Buffer, header: PacketHeader): void {
  packet.writeUInt16BE(MAGIC, 0)
  packet.writeUInt8(header.version, VERSION_AT)
  packet.writeUInt8(header.flags, FLAGS_AT)
  packet.write(header.keyId, KEY_ID_AT, 'hex')
  packet.write(header.session, SESSION_AT, 'hex')
  packet.writeUInt32BE(Math.floor(header.counter / HIGH_WORD), COUNTER_AT)
  packet.writeUInt32BE(header.counter % HIGH_WORD, COUNTER_AT + 4)
}
