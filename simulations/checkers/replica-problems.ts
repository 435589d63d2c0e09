import type { Violation } from './evidence.ts'
import type { ReplicaSample } from './shared-evidence.ts'

/**
 * Promise 6, of centrals that share a log: whatever each had folded at some moment is what the log folds to at that
 * sequence, and no central had folded what the log does not have. `digests` are of the log folded again, by sequence;
 * it ends at `headSeq`.
 */
export function replicaProblems(
  samples: readonly ReplicaSample[],
  digests: ReadonlyMap<number, string>,
  headSeq: number,
): Violation[] {
  return samples.flatMap(({ central, seq, portrait }) => {
    if (seq > headSeq)
      return [{ promise: 6, what: `${central} has folded up to ${seq}, which the log does not have` }]
    if (digests.get(seq) === portrait) return []
    return [{ promise: 6, what: `${central} has another state at ${seq} than the log folds to` }]
  })
}
