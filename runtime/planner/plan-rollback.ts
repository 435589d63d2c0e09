import { KonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import type { Revision } from '../../actors/vocabulary/revision.ts'
import { compareText } from './compare-text.ts'
import { type EntriesOf, type Observed, type ObservedGroup, type PinVector, observedIn } from './observed.ts'
import type { HeldPin } from './plan.ts'
import { type Compiled, finishPlan } from './planning.ts'
import { policyRef } from './policy-ref.ts'

/** The vector of the revision to restore. */
export interface RollbackTarget extends PinVector {
  readonly revision: Revision
}

/**
 * Plans a new forward revision with the vector of an earlier one: its sets, in their order, at their
 * versions. Pins that are then behind their heads are held. It is planned also when the bytes stay the same:
 * a rollback in the middle of a rollout must reach every node that had the candidate. Throws
 * `KONOR_PLAN_GROUP_UNKNOWN`.
 */
export function planRollback(
  group: string,
  to: RollbackTarget,
  observed: Observed,
  entriesOf: EntriesOf,
): Compiled {
  const found = observedGroup(group, observed)
  const held = heldAfter(found, to, observed)
  const policy = policyRef(group, found.policy, new Map(Object.entries(observed.policies)))
  const touched = [...new Set([...found.current.sets, ...to.sets])].sort(compareText)
  return finishPlan({
    kind: 'rollback',
    heads: [],
    moves: [
      {
        group,
        observed: found,
        policy,
        sets: to.sets,
        pins: to.pins,
        touched,
        held,
        restores: to.revision,
      },
    ],
    unchanged: [],
    entriesOf,
  })
}

export function observedGroup(group: string, observed: Observed): ObservedGroup {
  const found = observedIn(observed, group)
  if (found !== undefined) return found
  throw new KonorError('KONOR_PLAN_GROUP_UNKNOWN', `There is no group ${group}`, { details: { group } })
}

function heldAfter(found: ObservedGroup, to: PinVector, observed: Observed): HeldPin[] {
  const held: HeldPin[] = []
  for (const path of [...new Set([...found.sets, ...to.sets])].sort(compareText)) {
    const head = observed.heads[path]
    const pinned = to.pins[path]?.version ?? null
    if (head !== undefined && head.version !== pinned) held.push({ path, pinned, head: head.version })
  }
  return held
}
