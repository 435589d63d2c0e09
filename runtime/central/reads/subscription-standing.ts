import type { GroupContext } from '../../../actors/group/context.ts'
import type { SubscriptionContext } from '../../../actors/subscription/chart.ts'
import { groupAddress } from '../../../actors/vocabulary/addresses.ts'
import type { Revision } from '../../../actors/vocabulary/revision.ts'
import type { StateView } from '../../kernel/kernel-state.ts'
import { contextAt } from './context-at.ts'

/** The newest revision that the node holds ready: what it staged last, or else what it serves. */
export function stagedOf({ active, progress }: SubscriptionContext): Revision | null {
  if (progress === null || progress.phase === 'staging' || progress.phase === 'rejected') return active
  return progress.revision
}

/**
 * Served although central cannot reach the node, or although the group neither committed nor offers it any
 * more.
 */
export function isStale(view: StateView, { group, active, offline }: SubscriptionContext): boolean {
  if (active === null) return false
  const wanted = contextAt<GroupContext>(view, groupAddress(group))
  const current = active === wanted?.committed?.revision || active === wanted?.candidate?.revision
  return offline || !current
}
