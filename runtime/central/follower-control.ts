import type { ClusterContext } from '../../actors/cluster/chart.ts'
import { CLUSTER } from '../../actors/vocabulary/addresses.ts'
import type { Control } from '../engine/control.ts'
import type { Follower } from '../engine/follower.ts'
import type { ComposeOptions } from './compose-central.ts'
import { gossipControl } from './membership/gossip-control.ts'
import { createAnalyticsReads } from './reads/analytics-reads.ts'
import { contextAt } from './reads/context-at.ts'
import { createReads } from './reads/create-reads.ts'
import { createMemoryHealthStore } from '../analytics/memory-health-store.ts'
import { HealthFleet } from '../analytics/health-fleet.ts'
import type { ControlWrites } from './writes/control-writes.ts'

/**
 * What a central that follows answers: reads from what it has folded, which may lag behind the leader; everything that
 * would write, and plans, which must be made from the newest state, with `KONOR_ENGINE_NO_LEADER`.
 */
export function followerControl(
  follower: Follower,
  { journal, clock, version }: Pick<ComposeOptions, 'journal' | 'clock' | 'version'>,
): Control {
  const reads = createReads({
    leader: follower,
    journal,
    clock,
    version,
    // The cluster may be born while this central follows.
    get clusterId() {
      return contextAt<ClusterContext>(follower.view, CLUSTER)?.id ?? ''
    },
  })
  const fleet = new HealthFleet(clock)
  const health = createAnalyticsReads({ leader: follower, fleet, store: createMemoryHealthStore(), clock })
  const refuse = async (): Promise<never> => {
    throw follower.refusal()
  }
  const writes: ControlWrites = {
    apply: refuse,
    plan: refuse,
    diff: refuse,
    changeEntries: refuse,
    remove: refuse,
    rollout: refuse,
    rollback: refuse,
    cancelJob: refuse,
    retryJob: refuse,
    createToken: refuse,
    revokeToken: refuse,
    drainNode: refuse,
    removeNode: refuse,
    freeze: refuse,
    thaw: refuse,
    barrier: refuse,
  }
  const gossip = gossipControl({ leader: follower, gossip: undefined, rotation: undefined })
  return { ...reads, ...writes, ...health, ...gossip, rotateGossipKey: refuse }
}
