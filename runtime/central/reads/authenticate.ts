import { timingSafeEqual } from 'node:crypto'
import type { ClusterContext } from '../../../actors/cluster/chart.ts'
import { CLUSTER } from '../../../actors/vocabulary/addresses.ts'
import type { Caller } from '../../engine/control.ts'
import type { StateView } from '../../kernel/kernel-state.ts'
import { apiKeyDigest } from './api-key-digest.ts'
import { contextAt } from './context-at.ts'

/**
 * Who an API key speaks for, or undefined. Digests are compared in constant time and all of them, so that the
 * answer's duration tells nothing of them.
 */
export function authenticate(
  view: StateView,
  apiKey: string,
): Pick<Caller, 'principal' | 'scopes'> | undefined {
  const given = Buffer.from(apiKeyDigest(apiKey), 'hex')
  let found: Pick<Caller, 'principal' | 'scopes'> | undefined
  for (const { id, digest, scopes } of contextAt<ClusterContext>(view, CLUSTER)?.keys ?? []) {
    const known = Buffer.from(digest, 'hex')
    if (known.length === given.length && timingSafeEqual(known, given))
      found = { principal: `key/${id}`, scopes }
  }
  return found
}
