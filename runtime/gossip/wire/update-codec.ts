import type { CborValue } from '../../../actors/vocabulary/canonical/cbor-value.ts'
import { ACCUSERS_MAX, SIGNATURE_BYTES_MAX } from '../core/message-bounds.ts'
import { RECORD_STATE_RANKS, type RecordState, type Update } from '../core/messages.ts'
import { BodyReader } from './body-reader.ts'

const META_HASH_BYTES_MAX = 16
const STATES: readonly RecordState[] = (Object.keys(RECORD_STATE_RANKS) as RecordState[]).toSorted(
  (a, b) => RECORD_STATE_RANKS[a] - RECORD_STATE_RANKS[b],
)

/** `[state, id, epoch, incarnation, accusers?, address?, metadata hash?, signature?]`, what is absent as null. */
export function updateToCbor(update: Update): CborValue {
  return [
    RECORD_STATE_RANKS[update.state],
    Buffer.from(update.id, 'hex'),
    update.epoch,
    update.incarnation,
    update.accusers?.map(id => Buffer.from(id, 'hex')) ?? null,
    update.address ?? null,
    update.metaHash === undefined ? null : Buffer.from(update.metaHash, 'hex'),
    update.signature ?? null,
  ]
}

/** Reads one update. Throws `KONOR_GOSSIP_MALFORMED`. Whether its signature verifies is asked later, if at all. */
export function updateFromCbor(value: CborValue): Update {
  const reader = new BodyReader(value, 'update')
  const state = STATES[reader.uint('state', STATES.length - 1)] ?? 'alive'
  const id = reader.id('id')
  const epoch = reader.uint('epoch')
  const incarnation = reader.uint('incarnation')
  const accusers = reader.optional(() => reader.list('accusers', ACCUSERS_MAX, accuserOf))
  const address = reader.optional(() => reader.address('address'))
  const metaHash = reader.optional(() => reader.hex('metaHash', 1, META_HASH_BYTES_MAX))
  const signature = reader.optional(() => reader.bytes('signature', 1, SIGNATURE_BYTES_MAX))
  reader.end()
  return {
    state,
    id,
    epoch,
    incarnation,
    ...(accusers === undefined ? {} : { accusers }),
    ...(address === undefined ? {} : { address }),
    ...(metaHash === undefined ? {} : { metaHash }),
    ...(signature === undefined ? {} : { signature }),
  }
}

function accuserOf(value: CborValue): string {
  return new BodyReader([value], 'accuser').id('id')
}
