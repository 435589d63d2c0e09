import type { CborValue } from '../../../actors/vocabulary/canonical/cbor-value.ts'
import { KonorError } from '../../../actors/vocabulary/errors/konor-error.ts'
import { ACCUSERS_MAX } from '../core/message-bounds.ts'
import { type MemberId, RECORD_STATE_RANKS, type RecordState, type Update } from '../core/messages.ts'
import { BodyReader } from './body-reader.ts'
import { memberIdOf, PROOF_BYTES, PUBLIC_KEY_BYTES } from './member-identity.ts'

const META_HASH_BYTES_MAX = 16
const STATES: readonly RecordState[] = (Object.keys(RECORD_STATE_RANKS) as RecordState[]).toSorted(
  (a, b) => RECORD_STATE_RANKS[a] - RECORD_STATE_RANKS[b],
)

/**
 * `[state, id?, epoch, incarnation, …]`, then the accusers of an accusation; address, metadata hash and proof of a
 * life; the proof of a farewell; what is absent as null. A proof begins with the key that the id is a digest of, so
 * beside a proof the id is null.
 */
export function updateToCbor(update: Update): CborValue {
  const { accusers = [], address = null, epoch, id, incarnation, metaHash, signature = null, state } = update
  const name = signature === null ? Buffer.from(id, 'hex') : null
  const head: readonly CborValue[] = [RECORD_STATE_RANKS[state], name, epoch, incarnation]
  if (state === 'left') return [...head, signature]
  if (state === 'alive')
    return [...head, address, metaHash === undefined ? null : Buffer.from(metaHash, 'hex'), signature]
  return [...head, accusers.map(accuser => Buffer.from(accuser, 'hex'))]
}

/** Reads one update. Throws `KONOR_GOSSIP_MALFORMED`. Whether its signature verifies is asked later, if at all. */
export function updateFromCbor(value: CborValue): Update {
  const reader = new BodyReader(value, 'update')
  const state = STATES[reader.uint('state', STATES.length - 1)] ?? 'alive'
  const id = reader.optional(() => reader.id('id'))
  const life = { epoch: reader.uint('epoch'), incarnation: reader.uint('incarnation') }
  if (state === 'suspect' || state === 'dead') {
    const accusers = reader.list('accusers', ACCUSERS_MAX, accuserOf)
    reader.end()
    return { state, id: subjectOf(id, undefined), ...life, accusers }
  }
  const address = state === 'left' ? undefined : reader.optional(() => reader.address('address'))
  const metaHash =
    state === 'left' ? undefined : reader.optional(() => reader.hex('metaHash', 1, META_HASH_BYTES_MAX))
  const signature = reader.optional(() => reader.bytes('proof', PROOF_BYTES, PROOF_BYTES))
  reader.end()
  return {
    state,
    id: subjectOf(id, signature),
    ...life,
    ...(address === undefined ? {} : { address }),
    ...(metaHash === undefined ? {} : { metaHash }),
    ...(signature === undefined ? {} : { signature }),
  }
}

/** The one whom an update is about: named by its id, or by the key of its proof, never by both. */
function subjectOf(id: MemberId | undefined, proof: Uint8Array | undefined): MemberId {
  if (id !== undefined && proof === undefined) return id
  if (id === undefined && proof !== undefined) return memberIdOf(proof.subarray(0, PUBLIC_KEY_BYTES))
  throw new KonorError('KONOR_GOSSIP_MALFORMED', 'gossip body: update should have an id or a proof')
}

function accuserOf(value: CborValue): string {
  return new BodyReader([value], 'accuser').id('id')
}
