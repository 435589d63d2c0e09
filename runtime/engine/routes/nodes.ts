import { identityAddress, nodeAddress, subscriptionAddress } from '../../../actors/vocabulary/addresses.ts'
import type { CborValue } from '../../../actors/vocabulary/canonical/cbor-value.ts'
import { tell } from '../../../actors/vocabulary/instruction.ts'
import type { IdentityContext } from '../../../actors/identity/chart.ts'
import type { NodeContext } from '../../../actors/node/chart.ts'
import { contextOf, isDone } from '../../kernel/actor-record.ts'
import type { Audit, Route } from '../../kernel/input.ts'
import type { StateView } from '../../kernel/kernel-state.ts'
import { oweRotation } from './keyring.ts'
import { notFound, refuse } from './refusals.ts'

interface HelloBody {
  readonly key: string
  readonly labels: Readonly<Record<string, string>>
  readonly platform: Readonly<Record<string, string>>
  readonly version: string
}

/** A known node's link is up. An unknown or removed key gets nothing. */
export const helloRoute: Route = (view, input) => {
  const { key, labels, platform, version } = input.body as unknown as HelloBody
  const identity = view.get(identityAddress(key))
  if (identity === undefined) return refuse('KONOR_ENGINE_UNKNOWN_IDENTITY', 'no node is known by this key')
  const { node } = contextOf<IdentityContext>(identity)
  const record = view.get(nodeAddress(node))
  const groups = record === undefined ? [] : groupsOf(view, node, contextOf<NodeContext>(record))
  return {
    reply: { node, groups },
    instructions: [tell(nodeAddress(node), { type: 'HELLO', labels, platform, version, groups })],
  }
}

/** The groups that a node is still subscribed to: a deleted one took its subscriptions along. */
function groupsOf(view: StateView, node: string, { groups }: NodeContext): string[] {
  return Object.keys(groups).filter(group => {
    const subscription = view.get(subscriptionAddress(group, node))
    return subscription !== undefined && !isDone(subscription)
  })
}

/** What an agent says of its groups; a repeated sequence is ignored by the node. */
export const reportRoute: Route = (_, input) => {
  const { node, seq, groups } = input.body as { node: string; seq: number; groups: CborValue }
  return { reply: null, instructions: [tell(nodeAddress(node), { type: 'REPORT', report: { seq, groups } })] }
}

/** Changes of liveness, latest state per node. */
export const livenessRoute: Route = (_, input) => {
  const { changes } = input.body as unknown as { changes: readonly { node: string; to: string }[] }
  return {
    reply: null,
    instructions: changes.map(({ node, to }) => tell(nodeAddress(node), { type: 'LIVENESS', to })),
  }
}

export const drainNodeRoute: Route = nodeRoute('node.drain', 'DRAIN')

/** Takes a node away. Its key of gossip is the cluster's, so with `rotate` a rotation is owed that shuts it out. */
export const removeNodeRoute: Route = (view, input, at, position) => {
  const removed = removeRoute(view, input, at, position)
  const { rotate } = input.body as { readonly rotate?: boolean }
  if (rotate !== true || !('instructions' in removed)) return removed
  return { ...removed, instructions: [...removed.instructions, ...oweRotation(view)] }
}

const removeRoute: Route = nodeRoute('node.remove', 'REMOVE')

function nodeRoute(action: string, type: string): Route {
  return (view, input) => {
    const { node } = input.body as { node: string }
    const audit: Audit = { action, resource: nodeAddress(node), detail: {} }
    const record = view.get(nodeAddress(node))
    if (record === undefined || isDone(record)) return notFound('node', node, audit)
    return { audit, instructions: [tell(nodeAddress(node), { type, expectsReply: true })] }
  }
}
