import type { CborValue } from '../../../actors/vocabulary/canonical/cbor-value.ts'
import { decodeCanonical } from '../../../actors/vocabulary/canonical/decode-cbor.ts'
import { encodeCanonical } from '../../../actors/vocabulary/canonical/encode-canonical.ts'
import { KonorError } from '../../../actors/vocabulary/errors/konor-error.ts'
import { MESSAGE_KIND_NUMBERS, type MemberId, type Message, type MessageKind } from '../core/messages.ts'
import { BodyReader } from './body-reader.ts'
import { PROOF_BYTES } from './member-identity.ts'
import { fieldsOf, readFields } from './message-fields.ts'
import { SESSION_KEY_BYTES } from './session-key.ts'
import { COOKIE_BYTES } from './wire-limits.ts'

/** The number of the kind that two hosts settle between them; the core never sees it. */
export const HANDSHAKE_KIND = 10
const KIND_NUMBER_MAX = 255
const KINDS = new Map<number, MessageKind>(
  Object.entries(MESSAGE_KIND_NUMBERS).map(([kind, number]) => [number, kind as MessageKind]),
)

/** Who speaks: the first fields of every body after its kind. */
export interface Speaker {
  readonly id: MemberId
  readonly epoch: number
  readonly incarnation: number
}

/**
 * How two sessions come to know each other: `challenge` asks for these bytes back, `echo` gives back what was asked,
 * with `proof` that the speaker has the key of its id. A message may do both; one that does neither asks to be asked.
 */
export interface Handshake {
  readonly kind: 'handshake'
  /** The session's X25519 public key. It is the session's for sure only where a proof is with it. */
  readonly key: Uint8Array
  readonly challenge?: Uint8Array
  readonly echo?: Uint8Array
  readonly proof?: Uint8Array
}

/** A kind of a later version: its fields mean nothing here. */
export interface UnknownKind {
  readonly kind: 'unknown'
}

export interface PacketBody {
  readonly speaker: Speaker
  readonly message: Message | Handshake | UnknownKind
}

/** A body: canonical CBOR of `[kind, id, epoch, incarnation, …fields]`, what is absent as null. */
export function encodeBody(speaker: Speaker, message: Message | Handshake): Uint8Array {
  const { id, epoch, incarnation } = speaker
  const [kind, fields] =
    message.kind === 'handshake'
      ? [HANDSHAKE_KIND, handshakeFields(message)]
      : [MESSAGE_KIND_NUMBERS[message.kind], fieldsOf(message)]
  return encodeCanonical([kind, Buffer.from(id, 'hex'), epoch, incarnation, ...fields])
}

/**
 * Reads a body. A kind that this version does not know is `unknown` and no error, so that a later version can add some.
 * Throws `KONOR_GOSSIP_MALFORMED` for everything else that is not exactly of the protocol: other encodings of the same
 * value, missing or surplus fields, numbers, texts and lists beyond their bounds.
 */
export function decodeBody(bytes: Uint8Array): PacketBody {
  const reader = new BodyReader(decoded(bytes), 'body')
  const number = reader.uint('kind', KIND_NUMBER_MAX)
  const speaker = {
    id: reader.id('id'),
    epoch: reader.uint('epoch'),
    incarnation: reader.uint('incarnation'),
  }
  const kind = KINDS.get(number)
  if (kind === undefined && number !== HANDSHAKE_KIND) return { speaker, message: { kind: 'unknown' } }
  const message = kind === undefined ? readHandshake(reader) : readFields(kind, reader)
  reader.end()
  return { speaker, message }
}

function handshakeFields({ key, challenge, echo, proof }: Handshake): CborValue[] {
  return [key, challenge ?? null, echo ?? null, proof ?? null]
}

function readHandshake(reader: BodyReader): Handshake {
  const key = reader.bytes('key', SESSION_KEY_BYTES, SESSION_KEY_BYTES)
  const challenge = reader.optional(() => reader.bytes('challenge', COOKIE_BYTES, COOKIE_BYTES))
  const echo = reader.optional(() => reader.bytes('echo', COOKIE_BYTES, COOKIE_BYTES))
  const proof = reader.optional(() => reader.bytes('proof', PROOF_BYTES, PROOF_BYTES))
  return {
    kind: 'handshake',
    key,
    ...(challenge === undefined ? {} : { challenge }),
    ...(echo === undefined ? {} : { echo }),
    ...(proof === undefined ? {} : { proof }),
  }
}

function decoded(bytes: Uint8Array): CborValue {
  try {
    return decodeCanonical(bytes)
  } catch (cause) {
    throw new KonorError('KONOR_GOSSIP_MALFORMED', 'gossip body: not canonical CBOR', { cause })
  }
}
