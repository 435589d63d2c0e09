import { KonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import type { Token } from '../../actors/vocabulary/token.ts'
import type { BundleKey, HeldToken, NodeState } from '../store/node-state.ts'

/** Tokens that one agent was ever given. */
export const TOKENS_MAX = 1_024

/**
 * The state with new tokens in it, to be redeemed. The first token ever names the cluster; each newer one brings the
 * address where central is now. A redeemed token that is given again is fine; a refused one is tried again.
 * Throws `KONOR_AGENT_OTHER_CLUSTER` for a token of another cluster, `KONOR_AGENT_TOO_MANY_GROUPS` past the bound.
 */
export function withTokens(state: NodeState, tokens: readonly Token[]): NodeState {
  return tokens.reduce(withToken, state)
}

function withToken(state: NodeState, token: Token): NodeState {
  const { id, group, secret, address, key } = token
  if (state.cluster !== null && !isSameCluster(state.cluster, token))
    throw new KonorError(
      'KONOR_AGENT_OTHER_CLUSTER',
      `token ${id} is of cluster ${token.cluster}, but this data directory belongs to ${state.cluster.id}`,
    )
  const held: HeldToken = { id, group, secret, state: 'pending' }
  const before = state.tokens.find(one => one.id === id)
  const others = state.tokens.filter(one => one.id !== id)
  if (others.length >= TOKENS_MAX)
    throw new KonorError('KONOR_AGENT_TOO_MANY_GROUPS', `this agent was given ${TOKENS_MAX} tokens already`)
  const tokens = before?.state === 'redeemed' ? state.tokens : [...others, held]
  return {
    ...state,
    cluster: { id: token.cluster, address, key },
    tokens,
    bundleKeys: withBundleKey(state, token),
  }
}

/** The key of its group that a token brings; the next welcome says which groups, and so which keys, the node has. */
function withBundleKey({ bundleKeys }: NodeState, { group, bundleKey: key }: Token): readonly BundleKey[] {
  if (key === undefined) return bundleKeys
  return [...bundleKeys.filter(one => one.group !== group), { group, key }]
}

function isSameCluster(cluster: NonNullable<NodeState['cluster']>, token: Token): boolean {
  return cluster.id === token.cluster && Buffer.compare(cluster.key, token.key) === 0
}

/** The state once central said what became of a token; the secret has done its work and is forgotten. */
export function withTokenSettled(state: NodeState, id: string, outcome: 'redeemed' | 'refused'): NodeState {
  const tokens = state.tokens.map(token =>
    token.id === id ? { ...token, secret: null, state: outcome } : token,
  )
  return { ...state, tokens }
}
