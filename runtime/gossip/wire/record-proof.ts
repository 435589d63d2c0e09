import { encodeCanonical } from '../../../actors/vocabulary/canonical/encode-canonical.ts'
import { RECORD_STATE_RANKS, type Update } from '../core/messages.ts'
import type { RecordSeal } from '../core/record-seal.ts'
import { type MemberIdentity, type VerifyProof, verifyProof } from './member-identity.ts'

/**
 * What a member's own word is about: canonical CBOR of `["konor record v1", cluster id, state, id, epoch, incarnation,
 * address or null, metadata hash or null]`. Whoever relays a record can change none of it.
 */
export function recordStatement(clusterId: string, update: Update): Uint8Array {
  return encodeCanonical([
    'konor record v1',
    clusterId,
    RECORD_STATE_RANKS[update.state],
    Buffer.from(update.id, 'hex'),
    update.epoch,
    update.incarnation,
    update.address ?? null,
    update.metaHash === undefined ? null : Buffer.from(update.metaHash, 'hex'),
  ])
}

/** The signature that the subject puts into its own `alive` and `left`: 96 bytes, public key first. */
export function signRecord(identity: MemberIdentity, clusterId: string, update: Update): Uint8Array {
  return identity.prove(recordStatement(clusterId, update))
}

/**
 * Whether the subject itself said this. It costs about a tenth of a millisecond: ask only when the record would
 * supersede what is held.
 */
export function verifyRecord(clusterId: string, update: Update, verify: VerifyProof = verifyProof): boolean {
  if (update.signature === undefined) return false
  return verify(update.signature, update.id, recordStatement(clusterId, update))
}

/** The seal of a member's core: it signs as this identity and believes nothing that its subject has not signed. */
export function createRecordSeal(identity: MemberIdentity, clusterId: string): RecordSeal {
  return {
    sign: update => signRecord(identity, clusterId, update),
    verify: update => verifyRecord(clusterId, update, identity.verify),
  }
}
