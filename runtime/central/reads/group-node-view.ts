import type { SubscriptionContext } from '../../../actors/subscription/chart.ts'
import { nodeAddress } from '../../../actors/vocabulary/addresses.ts'
import type { GroupNodeView } from '../../engine/views.ts'
import { type ActorRecord, contextOf } from '../../kernel/actor-record.ts'
import type { StateView } from '../../kernel/kernel-state.ts'
import { isoTime } from './iso-time.ts'
import { livenessOf } from './liveness-of.ts'
import { isStale, stagedOf } from './subscription-standing.ts'

/** One node in one group: what its agent last reported, and whether that still holds. */
export function groupNodeView(view: StateView, record: ActorRecord): GroupNodeView {
  const sub = contextOf<SubscriptionContext>(record)
  const node = view.get(nodeAddress(sub.node))
  const { progress, fallback } = sub
  return {
    node: sub.node,
    liveness: node === undefined ? 'left' : livenessOf(node),
    staged: stagedOf(sub),
    active: sub.active,
    digest: sub.digest,
    activation: sub.activation,
    stale: isStale(view, sub),
    ...(progress === null ? {} : { progress: { ...progress } }),
    ...(fallback === null ? {} : { fallback: { ...fallback } }),
    since: isoTime(sub.sinceMs),
  }
}
