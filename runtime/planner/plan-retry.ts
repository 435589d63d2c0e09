import { KonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import { advancePins, sameVector } from './advance-pins.ts'
import type { EntriesOf, Observed } from './observed.ts'
import { observedGroup } from './plan-rollback.ts'
import { type Compiled, finishPlan } from './planning.ts'
import { policyRef } from './policy-ref.ts'

/**
 * Plans the release of held pins of one group, and of no other: the given paths go to their heads, or without
 * paths everything that is declared, in the declared order. `KONOR_PLAN_NOTHING_HELD` when the group already
 * committed and stands on exactly that; `KONOR_PLAN_GROUP_UNKNOWN`, `KONOR_PLAN_SET_UNKNOWN`.
 */
export function planRetry(
  group: string,
  paths: readonly string[] | undefined,
  observed: Observed,
  entriesOf: EntriesOf,
): Compiled {
  const found = observedGroup(group, observed)
  const { sets, committed, current } = found
  const advanced = advancePins({
    group,
    declared: sets,
    // Without paths nothing of what stands now is kept: neither an order, nor a set kept in or out.
    relayered: paths === undefined,
    current,
    touched: new Set(paths ?? sets),
    headOf: path => observed.heads[path],
  })
  if (committed !== null && sameVector(advanced, committed) && sameVector(advanced, current)) {
    const message = `Group ${group} holds nothing back: it committed the head of every path that was asked for`
    throw new KonorError('KONOR_PLAN_NOTHING_HELD', message, {
      details: { group, revision: committed.revision },
    })
  }
  const policy = policyRef(group, found.policy, new Map(Object.entries(observed.policies)))
  return finishPlan({
    kind: 'retry',
    heads: [],
    moves: [{ ...advanced, group, observed: found, policy, restores: null }],
    unchanged: [],
    entriesOf,
  })
}
