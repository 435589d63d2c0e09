import type { NodeContext } from '../../../actors/node/chart.ts'
import type { SubscriptionContext } from '../../../actors/subscription/chart.ts'
import { subscriptionAddress } from '../../../actors/vocabulary/addresses.ts'
import type { NodeView } from '../../engine/views.ts'
import { type ActorRecord, contextOf, valueOf } from '../../kernel/actor-record.ts'
import type { StateView } from '../../kernel/kernel-state.ts'
import { contextAt } from './context-at.ts'
import { isoTime } from './iso-time.ts'
import { livenessOf } from './liveness-of.ts'
import { isStale, stagedOf } from './subscription-standing.ts'

/** A node as readers get it, its groups by name. */
export function nodeView(view: StateView, record: ActorRecord): NodeView {
  const node = contextOf<NodeContext>(record)
  const { lifecycle } = valueOf(record) as { readonly lifecycle: NodeView['lifecycle'] }
  return {
    name: node.name,
    id: node.key,
    lifecycle,
    liveness: livenessOf(record),
    since: isoTime(node.sinceMs),
    labels: node.labels,
    platform: node.platform,
    groups: Object.keys(node.groups)
      .sort()
      .flatMap(group => {
        const sub = contextAt<SubscriptionContext>(view, subscriptionAddress(group, node.name))
        // The group was deleted: the node only remembers that it was in it.
        if (sub === undefined) return []
        const { active, digest } = sub
        return [{ group, staged: stagedOf(sub), active, digest, stale: isStale(view, sub) }]
      }),
  }
}
