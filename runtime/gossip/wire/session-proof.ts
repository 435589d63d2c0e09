import { encodeCanonical } from '../../../actors/vocabulary/canonical/encode-canonical.ts'
import type { MemberId } from '../core/messages.ts'
import type { MemberIdentity } from './member-identity.ts'

/** What a session says of itself when it is asked to prove itself. */
export interface SessionClaim {
  readonly clusterId: string
  /** 16 hexadecimal digits. */
  readonly session: string
  /** Counter of the packet that says so: the replay window begins there, so nobody else may choose it. */
  readonly counter: number
  /** The session's X25519 public key, 32 bytes. */
  readonly key: Uint8Array
  /** What is answered: in a datagram `askedBy`, on a stream the nonces and the side. */
  readonly asked: Uint8Array
}

/**
 * What a datagram's echo answers: the cookie, and the session that asked for it. Without the latter a member could have
 * another one sign the cookie of a third, and take its place.
 */
export function askedBy(cookie: Uint8Array, askerSession: string): Uint8Array {
  return Buffer.concat([cookie, Buffer.from(askerSession, 'hex')])
}

/**
 * What binds a session and its key to a member: canonical CBOR of `["konor session v1", cluster id, session, counter,
 * key, asked]`. What was asked is fresh, and of whoever asked.
 */
function sessionStatement({ clusterId, session, counter, key, asked }: SessionClaim): Uint8Array {
  return encodeCanonical([
    'konor session v1',
    clusterId,
    Buffer.from(session, 'hex'),
    counter,
    Uint8Array.from(key),
    Uint8Array.from(asked),
  ])
}

/** The proof that goes with an echo: this session, with this key, speaks for this member. */
export function proveSession(identity: MemberIdentity, claim: SessionClaim): Uint8Array {
  return identity.prove(sessionStatement(claim))
}

/** Whether that session speaks for the member called `id`, as `identity` holds others to their proofs. */
export function verifySession(
  { verify }: MemberIdentity,
  proof: Uint8Array,
  id: MemberId,
  claim: SessionClaim,
): boolean {
  return verify(proof, id, sessionStatement(claim))
}
