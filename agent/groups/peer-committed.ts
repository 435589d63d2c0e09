import type { Desire } from '../../actors/vocabulary/desire.ts'
import {
  type CommittedProof,
  type HeldGeneration,
  compareGenerations,
  generationsOf,
  sameGeneration,
} from '../store/group-record.ts'
import type { GroupState } from './group-state.ts'

/**
 * What a peer's proof makes this node want; undefined when it brings nothing: while central speaks for itself, once the
 * node does not belong to the group, and when it has held anything later, or another content of the same revision.
 *
 * A revision that is held already, as a candidate or with its bytes lost, is no step back, and central's signature is
 * the word that it waits for.
 */
export function desireOfPeer(state: GroupState, proof: CommittedProof): Desire | undefined {
  const { record, desire, linked } = state
  if (linked || !record.member || desire?.removed === true) return undefined
  const { timeline, epoch, revision, digest, sizeBytes } = proof
  const held = heldBy(state)
  if (held.some(one => compareGenerations(one, proof) > 0)) return undefined
  if (refusedAfter(state, proof)) return undefined
  if (desire !== null && sameGeneration(desire.committed, proof) && desire.timeline === timeline)
    return undefined
  const { applyTimeoutMs } = desire ?? {}
  return {
    group: record.group,
    timeline,
    epoch,
    committed: { revision, digest, sizeBytes },
    candidate: null,
    ...(applyTimeoutMs === undefined ? {} : { applyTimeoutMs }),
    // Nobody but central grants a retry: what was refused here stays refused.
    retry: record.retry,
    removed: false,
  }
}

/** Every generation that this node was ever told of and has not forgotten. */
function heldBy({ record, writing, desire }: GroupState): readonly HeldGeneration[] {
  const written = writing === null ? [] : generationsOf(writing.record)
  const wanted = desire === null ? [] : [desire.committed, desire.candidate]
  const { timeline = 0 } = desire ?? {}
  const heard = wanted.filter(one => one !== null).map(one => ({ ...one, timeline }))
  return [...generationsOf(record), ...written, ...heard]
}

function refusedAfter({ record }: GroupState, proof: CommittedProof): boolean {
  return record.refused.some(refusal => compareGenerations(refusal, proof) > 0)
}
