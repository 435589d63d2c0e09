import { encodeCanonical } from '../../../actors/vocabulary/canonical/encode-canonical.ts'
import type { MemberId } from '../core/messages.ts'
import { type MemberIdentity, verifyProof } from './member-identity.ts'

/**
 * What binds a session to a member: canonical CBOR of `["konor session v1", cluster id, session, cookie]`. The cookie
 * is of whoever asked, so the sentence is fresh and of no use to anyone else.
 */
function sessionStatement(clusterId: string, session: string, cookie: Uint8Array): Uint8Array {
  return encodeCanonical(['konor session v1', clusterId, Buffer.from(session, 'hex'), cookie])
}

/** The proof that goes with an echo: this session speaks for this member. */
export function proveSession(
  identity: MemberIdentity,
  clusterId: string,
  session: string,
  cookie: Uint8Array,
): Uint8Array {
  return identity.prove(sessionStatement(clusterId, session, cookie))
}

export function verifySession(
  proof: Uint8Array,
  id: MemberId,
  clusterId: string,
  session: string,
  cookie: Uint8Array,
): boolean {
  return verifyProof(proof, id, sessionStatement(clusterId, session, cookie))
}
