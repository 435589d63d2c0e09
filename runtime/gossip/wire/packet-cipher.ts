import { createCipheriv, createDecipheriv } from 'node:crypto'
import { readHeader, type PacketHeader, writeHeader } from './packet-header.ts'
import { HEADER_BYTES, PACKET_OVERHEAD_BYTES, TAG_BYTES } from './wire-limits.ts'

const ALGORITHM = 'aes-256-gcm'
const NONCE_BYTES = 12
const OPTIONS = { authTagLength: TAG_BYTES }

/**
 * Seals a body: header, AES-256-GCM ciphertext, tag. Associated data are the header and then `context` (the cluster's
 * id in UTF-8; on a stream also what binds it to the connection). The nonce is four zero bytes and the counter.
 */
export function sealPacket(
  packetKey: Uint8Array,
  header: PacketHeader,
  context: Uint8Array,
  body: Uint8Array,
): Uint8Array {
  const packet = Buffer.allocUnsafe(PACKET_OVERHEAD_BYTES + body.length)
  writeHeader(packet, header)
  const cipher = createCipheriv(ALGORITHM, packetKey, nonceOf(packet), OPTIONS)
  cipher.setAAD(Buffer.concat([packet.subarray(0, HEADER_BYTES), context]))
  packet.set(cipher.update(body), HEADER_BYTES)
  cipher.final()
  packet.set(cipher.getAuthTag(), HEADER_BYTES + body.length)
  return packet
}

/** The body of a packet with a header, or undefined when it is not what a holder of the key sealed. */
export function openPacket(
  packetKey: Uint8Array,
  packet: Uint8Array,
  context: Uint8Array,
): Uint8Array | undefined {
  if (readHeader(packet) === undefined) return undefined
  const bytes = Buffer.from(packet.buffer, packet.byteOffset, packet.byteLength)
  const tagAt = bytes.length - TAG_BYTES
  const decipher = createDecipheriv(ALGORITHM, packetKey, nonceOf(bytes), OPTIONS)
  decipher.setAAD(Buffer.concat([bytes.subarray(0, HEADER_BYTES), context]))
  decipher.setAuthTag(bytes.subarray(tagAt))
  const body = decipher.update(bytes.subarray(HEADER_BYTES, tagAt))
  try {
    decipher.final()
  } catch {
    // The one thing that `final` refuses is a tag that does not verify, which is an answer and no failure.
    return undefined
  }
  return body
}

function nonceOf(packet: Buffer): Uint8Array {
  const nonce = Buffer.alloc(NONCE_BYTES)
  packet.copy(nonce, 4, HEADER_BYTES - 8, HEADER_BYTES)
  return nonce
}
