import { digestOfBytes } from '../../actors/vocabulary/canonical/digest.ts'
import type { Generation } from '../../actors/vocabulary/revision.ts'
import type { Random } from '../../runtime/ports/random.ts'
import type { CommittedProof } from '../store/group-record.ts'
import { badPeer, decodeProof, openPiece } from './peer-answer.ts'
import type { PeerNetwork } from './peer-network.ts'
import { type GroupKey, PEER_REQUEST, sealQuestion } from './peer-question.ts'

export interface AskOptions {
  readonly network: PeerNetwork
  readonly random: Random
  /** The member that is asked. */
  readonly peer: string
  readonly groupKey: GroupKey
}

/** The newest proof that a peer has, unverified; undefined when it has none. Throws coded errors. */
export async function askForProof(options: AskOptions): Promise<CommittedProof | undefined> {
  const { network, random, peer, groupKey } = options
  const question = sealQuestion(groupKey, { ask: 'proof' }, random)
  let proof: CommittedProof | undefined
  for await (const piece of network.request(peer, PEER_REQUEST, question.payload)) {
    if (proof !== undefined) throw badPeer('it sends more than one proof')
    proof = decodeProof(openPiece(question, 0, piece))
  }
  return proof
}

/**
 * The bytes of a generation from a peer, their digest verified; undefined when it does not have them, or when `goesOn`
 * says that they are not needed any more. Throws coded errors; no more is read than the generation is long.
 */
export async function askForBundle(
  { network, random, peer, groupKey }: AskOptions,
  { digest, sizeBytes }: Generation,
  goesOn: () => boolean,
): Promise<Uint8Array | undefined> {
  const question = sealQuestion(groupKey, { ask: 'bundle', digest }, random)
  const pieces: Uint8Array[] = []
  let receivedBytes = 0
  for await (const sealed of network.request(peer, PEER_REQUEST, question.payload)) {
    const piece = openPiece(question, pieces.length, sealed)
    receivedBytes += piece.length
    if (receivedBytes > sizeBytes) throw badPeer('it sends more than the bundle is long')
    pieces.push(piece)
    if (!goesOn()) return undefined
  }
  if (pieces.length === 0) return undefined
  const bytes = Buffer.concat(pieces)
  if (bytes.length !== sizeBytes || digestOfBytes(bytes) !== digest)
    throw badPeer('what it sent is not the bundle')
  return Uint8Array.from(bytes)
}
