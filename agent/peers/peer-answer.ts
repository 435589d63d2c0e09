import { isDigest } from '../../actors/vocabulary/canonical/digest.ts'
import { encodeCanonical } from '../../actors/vocabulary/canonical/encode-canonical.ts'
import { KonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import { LINK_BLOB_BYTES_MAX, LINK_PROOF_BYTES_MAX } from '../../runtime/links/message-bounds.ts'
import type { Random } from '../../runtime/ports/random.ts'
import type { CommittedProof } from '../store/group-record.ts'
import { seal, unseal } from '../store/seal.ts'
import { readMap, type SealedQuestion } from './peer-question.ts'

/** Piece `index` of an answer, sealed so that it answers this question and no other, in this place. */
export function sealPiece(of: SealedQuestion, index: number, bytes: Uint8Array, random: Random): Uint8Array {
  return seal(of.sealKey, aboutOf(of, index), bytes, random)
}

/** Throws `KONOR_AGENT_BAD_PEER` for anything but the piece in its place, sealed by a member of the group. */
export function openPiece(of: SealedQuestion, index: number, sealed: Uint8Array): Uint8Array {
  const opened = unseal(of.sealKey, aboutOf(of, index), sealed)
  if (typeof opened === 'string') throw badPeer('its answer is not sealed with the key of the group')
  return opened
}

export function encodeProof(proof: CommittedProof): Uint8Array {
  return encodeCanonical({ ...proof })
}

/** Reads a proof, each field within its bound; whether it is true is for the signature to say. */
export function decodeProof(bytes: Uint8Array): CommittedProof {
  const { timeline, epoch, revision, digest, sizeBytes, signature } = readMap(bytes)
  const isProof =
    isCount(timeline, 0) &&
    isCount(epoch, 0) &&
    isCount(revision, 1) &&
    isCount(sizeBytes, 0, LINK_BLOB_BYTES_MAX) &&
    typeof digest === 'string' &&
    isDigest(digest) &&
    signature instanceof Uint8Array &&
    signature.length <= LINK_PROOF_BYTES_MAX
  if (!isProof) throw badPeer('its answer is no proof')
  return { timeline, epoch, revision, digest, sizeBytes, signature }
}

export function badPeer(why: string): KonorError {
  return new KonorError('KONOR_AGENT_BAD_PEER', `a peer cannot be used: ${why}`)
}

function aboutOf({ group, question }: SealedQuestion, index: number): string {
  const digest = question.ask === 'bundle' ? question.digest : ''
  return `konor-peer-answer ${question.ask} ${digest} ${index} ${group}`
}

function isCount(value: unknown, min: number, max = Number.MAX_SAFE_INTEGER): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= min && value <= max
}
