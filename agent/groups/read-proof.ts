import type { Desire } from '../../actors/vocabulary/desire.ts'
import { KonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import { verifyCommitted } from '../../runtime/links/committed-proof.ts'
import type { CommittedProof } from '../store/group-record.ts'
import type { JoinedCluster } from '../store/node-state.ts'

/**
 * The proof that came with a desire; undefined when none did. Throws `KONOR_AGENT_BAD_PROOF`. Central says with every
 * desire what is committed: what is word for word the proof that is held already (`held`) is not verified again.
 */
export function readProof(
  cluster: JoinedCluster | null,
  { group, timeline, epoch, committed }: Desire,
  signature: Uint8Array | undefined,
  held: CommittedProof | null = null,
): CommittedProof | undefined {
  if (signature === undefined || committed === null) return undefined
  const { revision, digest, sizeBytes } = committed
  const proof = { timeline, epoch, revision, digest, sizeBytes, signature }
  if (cluster === null || held === null || !isSame(held, proof)) verifyProof(cluster, group, proof)
  return proof
}

function isSame(held: CommittedProof, proof: CommittedProof): boolean {
  return (
    held.timeline === proof.timeline &&
    held.epoch === proof.epoch &&
    held.revision === proof.revision &&
    held.digest === proof.digest &&
    held.sizeBytes === proof.sizeBytes &&
    Buffer.compare(held.signature, proof.signature) === 0
  )
}

/** Holds a proof to the key that this node has pinned. Throws `KONOR_AGENT_BAD_PROOF`. */
export function verifyProof(cluster: JoinedCluster | null, group: string, proof: CommittedProof): void {
  const { signature, ...said } = proof
  if (cluster !== null && verifyCommitted(cluster.key, { cluster: cluster.id, group, ...said }, signature))
    return
  throw new KonorError(
    'KONOR_AGENT_BAD_PROOF',
    `revision ${proof.revision} of ${group} is not signed by the central of this cluster`,
    { details: { group, revision: proof.revision } },
  )
}
