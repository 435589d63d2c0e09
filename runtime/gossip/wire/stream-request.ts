import { decodeCanonical } from '../../../actors/vocabulary/canonical/decode-cbor.ts'
import { encodeCanonical } from '../../../actors/vocabulary/canonical/encode-canonical.ts'
import { KonorError, isKonorError } from '../../../actors/vocabulary/errors/konor-error.ts'
import { BodyReader } from './body-reader.ts'
import type { Speaker } from './packet-body.ts'
import {
  REPLY_BYTES_MAX,
  REPLY_PIECES_MAX,
  REQUEST_BYTES_MAX,
  REQUEST_NAME_LENGTH_MAX,
} from './wire-limits.ts'

/** The numbers of what only streams carry, beside those of messages. The core never sees them. */
const REQUEST_KIND = 12
const REPLY_KIND = 13

/** What one member asks of another. The protocol gives no name a meaning: who serves it does. */
export interface StreamRequest {
  readonly name: string
  readonly payload: Uint8Array
}

/** `more` follows, this is the `last`, or it was `refused` and the bytes are a code. */
export type ReplyOutcome = 'more' | 'last' | 'refused'

/** One piece of the answer; pieces count from 0. */
export interface StreamReply {
  readonly index: number
  readonly outcome: ReplyOutcome
  readonly bytes: Uint8Array
}

const OUTCOMES: readonly ReplyOutcome[] = ['more', 'last', 'refused']

/** `[12, id, epoch, incarnation, name, payload]`, canonical CBOR. */
export function encodeRequest({ id, epoch, incarnation }: Speaker, request: StreamRequest): Uint8Array {
  const { name, payload } = request
  return encodeCanonical([REQUEST_KIND, Buffer.from(id, 'hex'), epoch, incarnation, name, payload])
}

/** `[13, id, epoch, incarnation, index, outcome, bytes]`, canonical CBOR. */
export function encodeReply({ id, epoch, incarnation }: Speaker, reply: StreamReply): Uint8Array {
  const fields = [reply.index, OUTCOMES.indexOf(reply.outcome), reply.bytes]
  return encodeCanonical([REPLY_KIND, Buffer.from(id, 'hex'), epoch, incarnation, ...fields])
}

/** A request and who speaks; undefined for anything that is not exactly one, within its bounds. */
export function decodeRequest(body: Uint8Array): { speaker: Speaker; request: StreamRequest } | undefined {
  return decoded(body, REQUEST_KIND, reader => ({
    request: {
      name: reader.text('name', REQUEST_NAME_LENGTH_MAX),
      payload: reader.bytes('payload', 0, REQUEST_BYTES_MAX),
    },
  }))
}

/** As `decodeRequest`, for a piece of the answer. */
export function decodeReply(body: Uint8Array): { speaker: Speaker; reply: StreamReply } | undefined {
  return decoded(body, REPLY_KIND, reader => {
    const index = reader.uint('index', REPLY_PIECES_MAX - 1)
    const outcome = OUTCOMES[reader.uint('outcome', OUTCOMES.length - 1)] ?? 'refused'
    return { reply: { index, outcome, bytes: reader.bytes('bytes', 0, REPLY_BYTES_MAX) } }
  })
}

function decoded<T>(
  body: Uint8Array,
  kind: number,
  read: (reader: BodyReader) => T,
): (T & { speaker: Speaker }) | undefined {
  try {
    const reader = new BodyReader(decodeCanonical(body), 'body')
    if (reader.uint('kind') !== kind) return undefined
    const speaker = {
      id: reader.id('id'),
      epoch: reader.uint('epoch'),
      incarnation: reader.uint('incarnation'),
    }
    const fields = read(reader)
    reader.end()
    return { ...fields, speaker }
  } catch (thrown) {
    // It is authentic and no sentence of the protocol: the stream that it came on is ended, with one error for all.
    if (isKonorError(thrown, 'KONOR_GOSSIP_MALFORMED') || isKonorError(thrown, 'KONOR_CBOR_MALFORMED'))
      return undefined
    throw thrown
  }
}

/** What a request that was understood and not served is called. */
export function requestRefused(name: string, code: string): KonorError {
  return new KonorError('KONOR_GOSSIP_REQUEST_REFUSED', `the member does not answer ${name}: ${code}`, {
    details: { name, code },
  })
}
