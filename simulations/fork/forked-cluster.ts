import type { GroupContext } from '../../actors/group/context.ts'
import type { NodeContext } from '../../actors/node/chart.ts'
import type { PolicyContext } from '../../actors/policy/chart.ts'
import type { SubscriptionContext } from '../../actors/subscription/chart.ts'
import { CLUSTER, policyAddress, subscriptionAddress } from '../../actors/vocabulary/addresses.ts'
import type { ClusterContext } from '../../actors/cluster/chart.ts'
import type { Address } from '../../actors/vocabulary/address.ts'
import { KonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import { contextOf, isDone } from '../../runtime/kernel/actor-record.ts'
import type { KernelState } from '../../runtime/kernel/kernel-state.ts'
import { actorState } from '../../runtime/replay/actor-state.ts'
import type { GroupPlan, NodePlan, Topology } from '../cluster/topology.ts'

/** A node as the journal knows it. */
export interface ForkedNode extends NodePlan {
  /** Its public key, by which central knows it. */
  readonly key: Uint8Array
  readonly reportSeq: number
  /** Counted as offline, or gone: nobody stands in for it. */
  readonly isAway: boolean
  readonly standings: readonly SubscriptionContext[]
}

export interface ForkedCluster {
  readonly clusterId: string
  readonly topology: Topology
  readonly nodes: readonly ForkedNode[]
  readonly groups: ReadonlyMap<string, GroupContext>
}

const AWAY = /offline|left|gone/

/** The cluster that a journal speaks of: its groups and policies, its nodes, and as many processes as they reported. */
export function forkedCluster(state: KernelState): ForkedCluster {
  const born = state.get(CLUSTER)
  const groups = state
    .list('group')
    .filter(record => !isDone(record))
    .map(record => contextOf<GroupContext>(record))
  const nodes = state
    .list('node')
    .filter(record => !isDone(record) && !actorState(record).includes('lifecycle.left'))
    .map(record => nodeOf(state, contextOf<NodeContext>(record), actorState(record)))
  if (born === undefined || nodes.length === 0)
    throw new KonorError('KONOR_CLI_USAGE', 'there is nothing to simulate: no node had joined by then')
  return {
    clusterId: contextOf<ClusterContext>(born).id,
    topology: { groups: groups.map(group => groupOf(state, group)), nodes },
    nodes,
    groups: new Map(groups.map(group => [group.name, group])),
  }
}

function groupOf(state: KernelState, { name, sets, policy }: GroupContext): GroupPlan {
  const record = state.get(policyAddress(policy))
  const declared = record === undefined ? undefined : contextOf<PolicyContext>(record)
  const uses = (declared?.uses ?? policy) as GroupPlan['policy']['uses']
  return { name, sets, policy: { uses, with: declared?.with ?? {} } }
}

function nodeOf(state: KernelState, context: NodeContext, standing: string): ForkedNode {
  const { name, key, reportSeq, groups } = context
  const standings = Object.keys(groups)
    .toSorted()
    .flatMap(group => contextAt<SubscriptionContext>(state, subscriptionAddress(group, name)))
  const processes = standings.flatMap(one =>
    Array.from({ length: one.processes }, (_, index) => ({
      name: `${one.group}-${index + 1}`,
      group: one.group,
    })),
  )
  return {
    name,
    groups: standings.map(({ group }) => group),
    processes,
    key: Uint8Array.from(Buffer.from(key, 'hex')),
    reportSeq,
    isAway: AWAY.test(standing),
    standings,
  }
}

function contextAt<Context>(state: KernelState, address: Address): Context[] {
  const record = state.get(address)
  return record === undefined || isDone(record) ? [] : [contextOf<Context>(record)]
}

/** The content that a group rolled out under that digest, for its size. */
export function sizeOf({ groups }: ForkedCluster, group: string, digest: string): number {
  const context = groups.get(group)
  const known = [context?.committed, context?.previous, context?.candidate, ...(context?.revisions ?? [])]
  return known.find(one => one?.digest === digest)?.sizeBytes ?? 0
}
