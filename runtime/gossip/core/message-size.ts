import type { Message, MemberId, Update } from './messages.ts'
import { DATAGRAM_OVERHEAD_BYTES } from './message-bounds.ts'

/** A map of one to twenty-three integer keys: its head. Each field then costs its key and its value. */
const MAP_HEAD_BYTES = 1
const KEY_BYTES = 1
/** A member id: 16 bytes and their head. */
const ID_BYTES = 17
const NULL_BYTES = 1
/** Kind and id of the sender, with their keys. */
const ENVELOPE_BYTES = MAP_HEAD_BYTES + (KEY_BYTES + 1) + (KEY_BYTES + ID_BYTES)
const INTEGER_BYTES_MAX = 9
const HASH_BYTES = 5

/**
 * Bytes that a message takes in a datagram, sealed: never less than what deterministic CBOR with integer keys takes
 * (RFC 8949), so that what is packed by this estimate fits. The host's encoder is tested against it.
 *
 * @param life of the sender, which goes with each message; left out, the largest there may be.
 */
export function messageSizeBytes(message: Message, life?: { epoch: number; incarnation: number }): number {
  const epochBytes = life === undefined ? INTEGER_BYTES_MAX : integerBytes(life.epoch)
  const incarnationBytes = life === undefined ? INTEGER_BYTES_MAX : integerBytes(life.incarnation)
  const lifeBytes = field(epochBytes) + field(incarnationBytes)
  return DATAGRAM_OVERHEAD_BYTES + ENVELOPE_BYTES + lifeBytes + fieldsSizeBytes(message)
}

/** Bytes of one update within a list: `[state, id, epoch, inc, accusers?, address?, metaHash?, signature?]`. */
export function updateSizeBytes(update: Update): number {
  const { epoch, incarnation, accusers, address, metaHash, signature } = update
  return (
    2 +
    ID_BYTES +
    integerBytes(epoch) +
    integerBytes(incarnation) +
    (accusers === undefined ? NULL_BYTES : idsBytes(accusers)) +
    (address === undefined ? NULL_BYTES : textBytes(address)) +
    (metaHash === undefined ? NULL_BYTES : stringBytes(metaHash.length / 2)) +
    (signature === undefined ? NULL_BYTES : stringBytes(signature.length))
  )
}

function fieldsSizeBytes(message: Message): number {
  switch (message.kind) {
    case 'ping':
      return (
        field(integerBytes(message.seq)) +
        (message.targetId === undefined ? 0 : field(ID_BYTES)) +
        (message.targetEpoch === undefined ? 0 : field(9)) +
        field(integerBytes(message.localHealth)) +
        updatesField(message.updates) +
        optionalBytesField(message.heartbeat)
      )
    case 'ack':
      return (
        field(integerBytes(message.seq)) +
        (message.subject === undefined ? 0 : field(1 + ID_BYTES + 9 + 9)) +
        field(HASH_BYTES) +
        field(integerBytes(message.loopLagMs)) +
        updatesField(message.updates) +
        optionalBytesField(message.heartbeat)
      )
    case 'ping-request':
      return (
        field(integerBytes(message.seq)) +
        field(ID_BYTES) +
        field(9) +
        field(textBytes(message.address)) +
        updatesField(message.updates)
      )
    case 'nack':
      return field(integerBytes(message.seq))
    case 'gossip':
      return updatesField(message.updates)
    case 'digest':
      return (
        field(HASH_BYTES) + field(headBytes(message.buckets.length) + HASH_BYTES * message.buckets.length)
      )
    case 'sync':
      return (
        field(headBytes(message.buckets.length) + 3 * message.buckets.length) +
        updatesField(message.records) +
        field(1)
      )
    case 'join':
      return field(updateSizeBytes(message.record))
    case 'welcome':
      return updatesField(message.records)
    case 'event':
      return (
        field(integerBytes(message.lamport)) +
        field(ID_BYTES) +
        field(textBytes(message.name)) +
        field(stringBytes(message.payload.length))
      )
    case 'error':
      return field(textBytes(message.code))
  }
}

function field(valueBytes: number): number {
  return KEY_BYTES + valueBytes
}

function updatesField(updates: readonly Update[]): number {
  let sizeBytes = field(headBytes(updates.length))
  for (const update of updates) sizeBytes += updateSizeBytes(update)
  return sizeBytes
}

function optionalBytesField(bytes: Uint8Array | undefined): number {
  return bytes === undefined ? 0 : field(stringBytes(bytes.length))
}

function idsBytes(ids: readonly MemberId[]): number {
  return headBytes(ids.length) + ID_BYTES * ids.length
}

/** UTF-16 units take at most three bytes each in UTF-8; addresses and codes are ASCII in practice. */
function textBytes(text: string): number {
  let sizeBytes = 0
  for (let at = 0; at < text.length; at++) sizeBytes += text.charCodeAt(at) < 0x80 ? 1 : 3
  return stringBytes(sizeBytes)
}

function stringBytes(lengthBytes: number): number {
  return headBytes(lengthBytes) + lengthBytes
}

function integerBytes(value: number): number {
  return headBytes(value)
}

function headBytes(value: number): number {
  if (value < 24) return 1
  if (value < 0x1_00) return 2
  if (value < 0x1_00_00) return 3
  return value < 0x1_00_00_00_00 ? 5 : 9
}
