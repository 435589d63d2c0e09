import {
  groupAddress,
  identityAddress,
  nodeAddress,
  subscriptionAddress,
  tokenAddress,
} from '../../../actors/vocabulary/addresses.ts'
import { spawn, tell } from '../../../actors/vocabulary/instruction.ts'
import type { IdentityContext } from '../../../actors/identity/chart.ts'
import type { TokenContext } from '../../../actors/token/chart.ts'
import { contextOf, isDone, isIn } from '../../kernel/actor-record.ts'
import type { Audit, Route, Routed } from '../../kernel/input.ts'
import type { StateView } from '../../kernel/kernel-state.ts'
import { type Idempotency, remember, settledBefore } from './idempotency.ts'
import { notFound, refuse } from './refusals.ts'

/** Tokens that may be in force at once. */
export const TOKENS_MAX = 10_000

export const createTokenRoute: Route = (view, input) => {
  const { idempotency, ...token } = input.body as unknown as Omit<
    TokenContext,
    'redeemedBy' | 'createdAtMs' | 'by'
  > & { idempotency: Idempotency | null }
  const { id, group, uses, expiresAtMs, secretDigest } = token
  const audit: Audit = {
    action: 'token.create',
    resource: tokenAddress(id),
    detail: { group, uses, expiresAtMs },
  }
  const settled = settledBefore(view, idempotency)
  if (settled !== undefined) return settled
  const found = view.get(groupAddress(group))
  if (found === undefined || isDone(found)) return notFound('group', group, audit)
  if (view.count('token') - view.ended('token').length >= TOKENS_MAX) {
    const message = `${TOKENS_MAX} tokens are in force already: revoke some`
    return refuse('KONOR_ENGINE_QUEUE_FULL', message, { bound: 'TOKENS_MAX', max: TOKENS_MAX }, audit)
  }
  return {
    audit,
    reply: { token: id },
    instructions: [
      ...remember(idempotency, { token: id }),
      spawn(tokenAddress(id), { id, group, secretDigest, uses, expiresAtMs, by: input.by }),
    ],
  }
}

export const revokeTokenRoute: Route = (view, input) => {
  const { id } = input.body as { id: string }
  const audit: Audit = { action: 'token.revoke', resource: tokenAddress(id), detail: {} }
  if (view.get(tokenAddress(id)) === undefined) return notFound('token', id, audit)
  return { audit, instructions: [tell(tokenAddress(id), { type: 'REVOKE', expectsReply: true })] }
}

interface RedeemBody {
  readonly token: string
  readonly secretDigest: string
  readonly key: string
  readonly name: string
}

/**
 * Redeems a token for a key: a new node, or one more group of a node that is known by its key. Idempotent per
 * (token, key): the same key again gets the same answer, also when no use is left.
 */
export const redeemRoute: Route = (view, input, at) => {
  const body = input.body as unknown as RedeemBody
  const audit: Audit = {
    action: 'token.redeem',
    resource: tokenAddress(body.token),
    detail: { node: body.name },
  }
  const record = view.get(tokenAddress(body.token))
  const token = record === undefined ? undefined : contextOf<TokenContext>(record)
  // One refusal for everything that is wrong with a token: an outsider learns nothing by trying.
  if (record === undefined || token === undefined || token.secretDigest !== body.secretDigest)
    return refused(audit)
  const repeated = token.redeemedBy.includes(body.key)
  const expired = at.wallMs > token.expiresAtMs
  if (isIn(record, 'revoked') || (!repeated && (expired || isIn(record, 'exhausted')))) return refused(audit)
  const known = view.get(identityAddress(body.key))
  const node = known === undefined ? body.name : contextOf<IdentityContext>(known).node
  const existing = view.get(nodeAddress(node))
  const lives = existing !== undefined && !isDone(existing)
  if (known === undefined && lives) {
    const message = `another node is called ${node}: start this agent with another name, or remove that node`
    return refuse('KONOR_ENGINE_NAME_TAKEN', message, { node }, audit)
  }
  const group = view.get(groupAddress(token.group))
  if (group === undefined || isDone(group)) return notFound('group', token.group, audit)
  return {
    audit: { ...audit, detail: { node, group: token.group } },
    reply: { node, group: token.group },
    instructions: [
      ...(known === undefined ? [spawn(identityAddress(body.key), { key: body.key, node })] : []),
      ...(lives ? [] : [spawn(nodeAddress(node), { name: node, key: body.key })]),
      tell(tokenAddress(body.token), { type: 'REDEEM', key: body.key }),
      // It may have been in a group of this name that was deleted since: then it joins anew.
      ...(isSubscribed(view, token.group, node)
        ? []
        : [tell(nodeAddress(node), { type: 'JOIN_GROUP', group: token.group })]),
    ],
  }
}

function isSubscribed(view: StateView, group: string, node: string): boolean {
  const record = view.get(subscriptionAddress(group, node))
  return record !== undefined && !isDone(record)
}

function refused(audit: Audit): Routed {
  return refuse('KONOR_ENGINE_TOKEN_REFUSED', 'the token is not valid: ask an admin for a new one', {}, audit)
}
