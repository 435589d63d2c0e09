import type { SubscriptionContext } from '../../../actors/subscription/chart.ts'
import type { Revision } from '../../../actors/vocabulary/revision.ts'
import { contextOf, isIn } from '../../kernel/actor-record.ts'
import type { StateView } from '../../kernel/kernel-state.ts'

/**
 * How many nodes of a group run `revision` and have said so. Counted over the subscriptions and not taken
 * from a rollout's counters: those follow the newest progress of a node, so a node that stages the next
 * candidate leaves them although it still runs what is committed. One walk over the group's subscriptions.
 */
export function countApplied(view: StateView, group: string, revision: Revision | null): number {
  if (revision === null) return 0
  let applied = 0
  for (const record of view.listBelow(`sub/${group}/`)) {
    if (!isIn(record, 'following')) continue
    const { active, progress } = contextOf<SubscriptionContext>(record)
    // While processes still owe their acknowledgement of it, or one refused, it is active and not applied.
    const owed = progress !== null && progress.revision === revision && progress.phase !== 'applied'
    if (active === revision && !owed) applied++
  }
  return applied
}
