import type { Generation } from '../../../actors/vocabulary/revision.ts'
import { type CommittedStatement, createCommittedSigner } from '../../links/committed-proof.ts'

/** What a proof stands under besides the generation. */
interface Order {
  readonly timeline: number
  readonly epoch: number
}

/** Signatures over what groups committed, made once however many nodes hear of it. */
export interface CommittedProofs {
  of(group: string, order: Order, committed: Generation): Uint8Array
  /** No node needs the proof of this group for now. */
  forget(group: string): void
}

/** Holds the newest signature of each group that somebody listens for. */
export function createCommittedProofs(clusterId: string, secretKey: Uint8Array): CommittedProofs {
  const sign = createCommittedSigner(secretKey)
  const newest = new Map<string, { readonly statement: CommittedStatement; readonly proof: Uint8Array }>()
  return {
    of(group, { timeline, epoch }, { revision, digest, sizeBytes }) {
      const statement = { cluster: clusterId, group, timeline, epoch, revision, digest, sizeBytes }
      const known = newest.get(group)
      if (known !== undefined && isSame(known.statement, statement)) return known.proof
      const proof = sign(statement)
      newest.set(group, { statement, proof })
      return proof
    },

    forget(group) {
      newest.delete(group)
    },
  }
}

function isSame(one: CommittedStatement, other: CommittedStatement): boolean {
  return (
    one.revision === other.revision &&
    one.digest === other.digest &&
    one.timeline === other.timeline &&
    one.epoch === other.epoch
  )
}
