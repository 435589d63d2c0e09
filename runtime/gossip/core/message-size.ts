import type { Message, MemberId, Update } from './messages.ts'
import { DATAGRAM_OVERHEAD_BYTES } from './message-bounds.ts'

/** The head of an array of up to twenty-three fields, and the kind, which is one of them. */
const ENVELOPE_BYTES = 2
/** A member id: 16 bytes and their head. */
const ID_BYTES = 17
const NULL_BYTES = 1
const FLAG_BYTES = 1
const INTEGER_BYTES_MAX = 9

/**
 * Bytes that a message takes in a datagram, sealed: what canonical CBOR (RFC 8949) takes for an array of its fields.
 * Never less, and more only where text is not ASCII, so that what is packed by it fits. The host's encoder is tested
 * against it.
 *
 * @param life of the sender, which goes with each message; left out, the largest there may be.
 */
export function messageSizeBytes(message: Message, life?: { epoch: number; incarnation: number }): number {
  const lifeBytes = life === undefined ? 2 * INTEGER_BYTES_MAX : lifeSizeBytes(life)
  return DATAGRAM_OVERHEAD_BYTES + ENVELOPE_BYTES + ID_BYTES + lifeBytes + fieldsSizeBytes(message)
}

/**
 * Bytes of one update within a list. An accusation is `[state, id, epoch, incarnation, accusers]`, life `[state, id,
 * epoch, incarnation, address?, metaHash?, signature?]`, farewell `[state, id, epoch, incarnation, signature?]`; who
 * signs is named by its signature, so that its id is left out.
 */
export function updateSizeBytes(update: Update): number {
  const { accusers, address, metaHash, signature, state } = update
  const nameBytes = signature === undefined ? ID_BYTES : NULL_BYTES
  const headSizeBytes = ENVELOPE_BYTES + nameBytes + lifeSizeBytes(update)
  if (state === 'suspect' || state === 'dead') return headSizeBytes + idsBytes(accusers ?? [])
  const signatureBytes = optionalBytes(signature?.length)
  if (state === 'left') return headSizeBytes + signatureBytes
  const metaHashBytes = optionalBytes(metaHash === undefined ? undefined : metaHash.length / 2)
  const addressBytes = address === undefined ? NULL_BYTES : textBytes(address)
  return headSizeBytes + addressBytes + metaHashBytes + signatureBytes
}

function fieldsSizeBytes(message: Message): number {
  switch (message.kind) {
    case 'ping': {
      const { heartbeat, localHealth, seq, updates } = message
      return headBytes(seq) + headBytes(localHealth) + listBytes(updates) + optionalBytes(heartbeat?.length)
    }
    case 'ack': {
      const { heartbeat, loopLagMs, seq, subject, updates, viewHash } = message
      const subjectBytes = subject === undefined ? NULL_BYTES : 1 + ID_BYTES + lifeSizeBytes(subject)
      const stateBytes = headBytes(viewHash) + headBytes(loopLagMs)
      return (
        headBytes(seq) + subjectBytes + stateBytes + listBytes(updates) + optionalBytes(heartbeat?.length)
      )
    }
    case 'ping-request':
      return headBytes(message.seq) + ID_BYTES + listBytes(message.updates)
    case 'nack':
      return headBytes(message.seq)
    case 'gossip':
      return listBytes(message.updates)
    case 'digest':
      return headBytes(message.viewHash) + integersBytes(message.buckets)
    case 'sync':
      return integersBytes(message.buckets) + listBytes(message.records) + FLAG_BYTES
    case 'join':
      return updateSizeBytes(message.record)
    case 'welcome':
      return listBytes(message.records)
    case 'event': {
      const { lamport, name, payload } = message
      return headBytes(lamport) + ID_BYTES + textBytes(name) + stringBytes(payload.length)
    }
    case 'error':
      return textBytes(message.code)
  }
}

function lifeSizeBytes({ epoch, incarnation }: { epoch: number; incarnation: number }): number {
  return headBytes(epoch) + headBytes(incarnation)
}

function listBytes(updates: readonly Update[]): number {
  let sizeBytes = headBytes(updates.length)
  for (const update of updates) sizeBytes += updateSizeBytes(update)
  return sizeBytes
}

function integersBytes(values: readonly number[]): number {
  return values.reduce((sizeBytes, value) => sizeBytes + headBytes(value), headBytes(values.length))
}

function idsBytes(ids: readonly MemberId[]): number {
  return headBytes(ids.length) + ID_BYTES * ids.length
}

function optionalBytes(lengthBytes: number | undefined): number {
  return lengthBytes === undefined ? NULL_BYTES : stringBytes(lengthBytes)
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

/** The head of a string or list of this length, which is also all of an integer of this value. */
function headBytes(value: number): number {
  if (value < 24) return 1
  if (value < 0x1_00) return 2
  if (value < 0x1_00_00) return 3
  return value < 0x1_00_00_00_00 ? 5 : 9
}
