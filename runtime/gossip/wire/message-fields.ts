import type { CborValue } from '../../../actors/vocabulary/canonical/cbor-value.ts'
import type { AckMessage, Message, MessageKind, Update } from '../core/messages.ts'
import {
  DIGEST_BUCKETS,
  EVENT_BYTES_MAX,
  EVENT_NAME_LENGTH_MAX,
  HEARTBEAT_BYTES_MAX,
  SYNC_RECORDS_MAX,
} from '../core/message-bounds.ts'
import { BodyReader } from './body-reader.ts'
import { updateFromCbor, updateToCbor } from './update-codec.ts'

/** Updates in one datagram: the shortest takes 21 bytes, so this bounds nothing that fits. */
const UPDATES_MAX = 64
const ERROR_CODE_LENGTH_MAX = 64

/** The fields of a message after kind and sender, in the order of the wire. */
export function fieldsOf(message: Message): readonly CborValue[] {
  switch (message.kind) {
    case 'ping': {
      const { heartbeat = null, localHealth, seq, updates } = message
      return [seq, localHealth, updatesToCbor(updates), heartbeat]
    }
    case 'ack': {
      const { subject } = message
      const about =
        subject === undefined ? null : [Buffer.from(subject.id, 'hex'), subject.epoch, subject.incarnation]
      const tail = [updatesToCbor(message.updates), message.heartbeat ?? null]
      return [message.seq, about, message.viewHash, message.loopLagMs, ...tail]
    }
    case 'ping-request':
      return [message.seq, Buffer.from(message.targetId, 'hex'), updatesToCbor(message.updates)]
    case 'nack':
      return [message.seq]
    case 'gossip':
      return [updatesToCbor(message.updates)]
    case 'digest':
      return [message.viewHash, message.buckets]
    case 'sync':
      return [message.buckets, updatesToCbor(message.records), message.wantsAnswer]
    case 'join':
      return [updateToCbor(message.record)]
    case 'welcome':
      return [updatesToCbor(message.records)]
    case 'event':
      return [message.lamport, Buffer.from(message.author, 'hex'), message.name, message.payload]
    case 'error':
      return [message.code]
  }
}

/** The message of a kind, from its fields. Throws `KONOR_GOSSIP_MALFORMED`. */
export function readFields(kind: MessageKind, reader: BodyReader): Message {
  switch (kind) {
    case 'ping':
      return readPing(reader)
    case 'ack':
      return readAck(reader)
    case 'ping-request':
      return {
        kind,
        seq: reader.uint('seq'),
        targetId: reader.id('targetId'),
        updates: readUpdates(reader),
      }
    case 'nack':
      return { kind, seq: reader.uint('seq') }
    case 'gossip':
      return { kind, updates: readUpdates(reader) }
    case 'digest':
      return { kind, viewHash: reader.hash32('viewHash'), buckets: readHashes(reader) }
    case 'sync':
      return {
        kind,
        buckets: readBuckets(reader),
        records: readUpdates(reader, SYNC_RECORDS_MAX),
        wantsAnswer: reader.flag('wantsAnswer'),
      }
    case 'join':
      return { kind, record: updateFromCbor(reader.value()) }
    case 'welcome':
      return { kind, records: readUpdates(reader, SYNC_RECORDS_MAX) }
    case 'event':
      return {
        kind,
        lamport: reader.uint('lamport'),
        author: reader.id('author'),
        name: reader.text('name', EVENT_NAME_LENGTH_MAX),
        payload: reader.bytes('payload', 0, EVENT_BYTES_MAX),
      }
    case 'error':
      return { kind, code: reader.text('code', ERROR_CODE_LENGTH_MAX) }
  }
}

function readPing(reader: BodyReader): Message {
  return {
    kind: 'ping',
    seq: reader.uint('seq'),
    localHealth: reader.uint('localHealth'),
    updates: readUpdates(reader),
    ...readHeartbeat(reader),
  }
}

function readAck(reader: BodyReader): Message {
  const seq = reader.uint('seq')
  const subject = reader.optional(() => readSubject(reader.value()))
  return {
    kind: 'ack',
    seq,
    ...(subject === undefined ? {} : { subject }),
    viewHash: reader.hash32('viewHash'),
    loopLagMs: reader.uint('loopLagMs'),
    updates: readUpdates(reader),
    ...readHeartbeat(reader),
  }
}

function readHeartbeat(reader: BodyReader): { readonly heartbeat?: Uint8Array } {
  const heartbeat = reader.optional(() => reader.bytes('heartbeat', 0, HEARTBEAT_BYTES_MAX))
  return heartbeat === undefined ? {} : { heartbeat }
}

function readUpdates(reader: BodyReader, countMax = UPDATES_MAX): Update[] {
  return reader.list('updates', countMax, updateFromCbor)
}

function readSubject(value: CborValue): NonNullable<AckMessage['subject']> {
  const reader = new BodyReader(value, 'subject')
  const subject = {
    id: reader.id('id'),
    epoch: reader.uint('epoch'),
    incarnation: reader.uint('incarnation'),
  }
  reader.end()
  return subject
}

function readBuckets(reader: BodyReader): number[] {
  return reader.list('buckets', DIGEST_BUCKETS, value =>
    new BodyReader([value], 'bucket').uint('index', DIGEST_BUCKETS - 1),
  )
}

function readHashes(reader: BodyReader): number[] {
  return reader.list('buckets', DIGEST_BUCKETS, value => new BodyReader([value], 'bucket').hash32('hash'))
}

function updatesToCbor(updates: readonly Update[]): CborValue {
  return updates.map(updateToCbor)
}
